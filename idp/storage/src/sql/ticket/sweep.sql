-- A thousand at a time: a long delete would keep the others waiting.
DELETE FROM ticket WHERE (space, digest) IN (
    SELECT space, digest FROM ticket WHERE expires_at <= $1 LIMIT 1000
)
