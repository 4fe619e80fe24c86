-- The code has done its work: it found this row.
UPDATE oidc_authorization
SET person_id = $2, session = $3, state = $4, offline = $5, detail = $6, user_code = NULL
WHERE id = $1 AND state = 'pending' AND expires_at > $7
