UPDATE counter SET hits = hits + 1 WHERE name = $1
