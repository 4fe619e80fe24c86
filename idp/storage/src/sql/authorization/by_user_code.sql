SELECT id, service_id, person_id, session, parent, state, offline, generation, access_generation,
    detail, created_at, used_at, rotated_at, expires_at
FROM oidc_authorization WHERE user_code = $1 AND state = 'pending' AND expires_at > $2
