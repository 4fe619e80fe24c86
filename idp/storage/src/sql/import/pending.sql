SELECT id, source, set_name, set_date, started_at, report FROM import WHERE state = 'applying' ORDER BY started_at, id LIMIT 1
