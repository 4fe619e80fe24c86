SELECT digest, expires_at FROM spent WHERE space = $1 AND spent_at > $2 AND expires_at > $3
