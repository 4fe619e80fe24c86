DELETE FROM stage_structure
