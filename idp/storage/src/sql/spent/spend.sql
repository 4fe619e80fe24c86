INSERT INTO spent (space, digest, spent_at, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (space, digest) DO NOTHING
RETURNING expires_at
