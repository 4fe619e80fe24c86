INSERT INTO record (source, kind, key, person_id, home_id, digest)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (source, kind, key) DO UPDATE SET
    home_id = excluded.home_id, digest = excluded.digest, absences = 0, gone_at = NULL, suspended_at = NULL
RETURNING person_id
