SELECT source, set_name, set_date, state, started_at, finished_at FROM import ORDER BY started_at DESC, id DESC LIMIT 50
