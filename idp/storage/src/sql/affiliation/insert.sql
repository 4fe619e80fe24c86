INSERT INTO affiliation (person_id, structure_id, profile, source, kind, key, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7)
