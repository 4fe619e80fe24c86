INSERT INTO counter (name, hits, expires_at) VALUES ($1, 1, $2) ON CONFLICT (name) DO NOTHING
