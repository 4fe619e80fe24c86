INSERT INTO oidc_authorization
    (id, service_id, person_id, session, parent, user_code, state, offline, detail, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
