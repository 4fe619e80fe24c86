SELECT MAX(set_date) AS set_date FROM import WHERE source = $1 AND state = 'done'
