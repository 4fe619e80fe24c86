UPDATE ticket SET value = $3, expires_at = $4
WHERE space = $1 AND digest = $2 AND expires_at > $5
