INSERT INTO counter (name, hits, expires_at) VALUES ($1, 1, $2)
ON CONFLICT (name) DO UPDATE SET
    hits = CASE WHEN counter.expires_at <= $3 THEN 1 ELSE counter.hits + 1 END,
    expires_at = CASE WHEN counter.expires_at <= $3 THEN excluded.expires_at ELSE counter.expires_at END
RETURNING hits
