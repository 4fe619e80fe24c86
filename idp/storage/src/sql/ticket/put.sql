INSERT INTO ticket (space, digest, value, owner, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (space, digest) DO UPDATE SET
    value = excluded.value, owner = excluded.owner, expires_at = excluded.expires_at
