UPDATE record SET person_id = $5, adopted = $6 WHERE source = $1 AND kind = $2 AND key = $3 AND person_id = $4
