SELECT id, service_id, person_id, session, parent, state, offline, generation, access_generation,
    detail, created_at, used_at, rotated_at, expires_at
FROM oidc_authorization WHERE id = $1
