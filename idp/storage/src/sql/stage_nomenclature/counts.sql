SELECT kind, verdict, COUNT(*) AS records FROM stage_nomenclature GROUP BY kind, verdict
