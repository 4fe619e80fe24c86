SELECT value FROM ticket WHERE space = $1 AND digest = $2 AND expires_at > $3
