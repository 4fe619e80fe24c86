DELETE FROM stage_file
