SELECT source, kind, key, gone_at, suspended_at FROM record WHERE person_id = $1 ORDER BY source, kind, key
