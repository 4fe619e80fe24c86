DELETE FROM spent WHERE (space, digest) IN (
    SELECT space, digest FROM spent WHERE expires_at <= $1 LIMIT 1000
)
