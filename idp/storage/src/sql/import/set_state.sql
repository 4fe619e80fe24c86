UPDATE import SET state = $2, finished_at = $3, report = $4 WHERE id = $1
