INSERT INTO login_name (login, person_id, since)
VALUES /*row*/($1, $2, $3)/*end*/
ON CONFLICT (login) DO NOTHING
RETURNING login
