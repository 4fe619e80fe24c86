SELECT hits FROM counter WHERE name = $1 AND expires_at > $2
