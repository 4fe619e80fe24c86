SELECT n, name FROM stage_file ORDER BY n
