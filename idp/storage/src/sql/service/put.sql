INSERT INTO service (id, document, updated_at) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET document = excluded.document, updated_at = excluded.updated_at
