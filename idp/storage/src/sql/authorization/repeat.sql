UPDATE oidc_authorization SET repeats = repeats + 1
WHERE id = $1 AND state = 'redeemed' AND generation = $2
RETURNING id, service_id, person_id, session, parent, state, offline, generation, access_generation,
    detail, created_at, used_at, rotated_at, expires_at,
    repeats
