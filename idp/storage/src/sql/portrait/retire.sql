UPDATE portrait SET source = $2 WHERE source = $1
