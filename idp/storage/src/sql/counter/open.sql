-- The window of a distinct count: the one that runs, or a new one. Locks the row.
INSERT INTO counter (name, hits, expires_at) VALUES ($1, 0, $2)
ON CONFLICT (name) DO UPDATE SET
    hits = CASE WHEN counter.expires_at <= $3 THEN 0 ELSE counter.hits END,
    expires_at = CASE WHEN counter.expires_at <= $3 THEN excluded.expires_at ELSE counter.expires_at END
RETURNING hits, expires_at
