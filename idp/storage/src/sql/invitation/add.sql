INSERT INTO registration_invitation (digest, label, detail, uses_left, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
