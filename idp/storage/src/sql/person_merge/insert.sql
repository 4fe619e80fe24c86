INSERT INTO person_merge (id, kept_id, gone_id, merged_by, reason, merged_at, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)
