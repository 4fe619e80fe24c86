UPDATE oidc_authorization SET state = 'revoked', used_at = $2
WHERE service_id = $1 AND state <> 'revoked'
