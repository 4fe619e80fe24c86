SELECT verdict, COUNT(*) AS records FROM stage_structure GROUP BY verdict
