SELECT source, kind, key, adopted FROM record WHERE person_id = $1 ORDER BY source, kind, key
