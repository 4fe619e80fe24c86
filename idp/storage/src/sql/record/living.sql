SELECT person_id, source, kind FROM record WHERE source = $1 AND key = $2 AND suspended_at IS NULL ORDER BY kind
