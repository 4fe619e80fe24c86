INSERT INTO consent (person_id, service_id, detail, given_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (person_id, service_id) DO UPDATE SET
    detail = excluded.detail, given_at = excluded.given_at
