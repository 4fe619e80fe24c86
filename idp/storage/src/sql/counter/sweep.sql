DELETE FROM counter WHERE name IN (SELECT name FROM counter WHERE expires_at <= $1 LIMIT 1000)
