-- Whatever its age: a node whose clock is behind may still find it alive.
UPDATE oidc_authorization SET state = 'revoked', used_at = $2 WHERE id = $1 AND state <> 'revoked'
