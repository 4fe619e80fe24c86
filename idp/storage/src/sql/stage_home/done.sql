UPDATE stage_home SET done = 1 WHERE key = $1 AND done = 0
