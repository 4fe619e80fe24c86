UPDATE oidc_authorization SET state = 'revoked', used_at = $3
WHERE person_id = $1 AND service_id = COALESCE($2, service_id) AND state <> 'revoked'
