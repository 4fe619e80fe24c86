-- One statement: of those that bring the same generation one turns it (OIDC-11).
UPDATE oidc_authorization
SET generation = generation + 1, rotated_at = $3, used_at = $3, repeats = 0
WHERE id = $1 AND state = 'redeemed' AND generation = $2 AND expires_at > $3
RETURNING id, service_id, person_id, session, parent, state, offline, generation, access_generation,
    detail, created_at, used_at, rotated_at, expires_at
