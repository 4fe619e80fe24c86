INSERT INTO recovery_code (person_id, digest, created_at) VALUES ($1, $2, $3)
