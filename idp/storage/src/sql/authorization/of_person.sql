SELECT id, service_id, person_id, session, parent, state, offline, generation, access_generation,
    detail, created_at, used_at, rotated_at, expires_at
FROM oidc_authorization
WHERE person_id = $1 AND state = 'redeemed' AND offline = 1 AND expires_at > $2
ORDER BY created_at DESC, id LIMIT $3
