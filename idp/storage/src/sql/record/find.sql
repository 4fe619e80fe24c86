SELECT person_id, digest FROM record WHERE source = $1 AND kind = $2 AND key = $3
