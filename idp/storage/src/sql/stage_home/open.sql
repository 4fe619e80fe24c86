SELECT key FROM stage_home WHERE done = 0 ORDER BY key
