-- One statement: whoever comes second finds it redeemed (OIDC-04).
UPDATE oidc_authorization SET state = 'redeemed', used_at = $3, expires_at = $2
WHERE id = $1 AND state = 'granted' AND expires_at > $3
RETURNING id, service_id, person_id, session, parent, state, offline, generation, access_generation,
    detail, created_at, used_at, rotated_at, expires_at
