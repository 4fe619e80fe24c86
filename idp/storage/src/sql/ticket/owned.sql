SELECT digest, value FROM ticket
WHERE space = $1 AND owner = $2 AND expires_at > $3 ORDER BY expires_at DESC, digest LIMIT $4
