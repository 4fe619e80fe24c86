DELETE FROM stage_home
