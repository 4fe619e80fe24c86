INSERT INTO account (person_id, login, activation_digest, activation_sealed, activation_until, created_at)
VALUES /*row*/($1, $2, $3, $4, $5, $6)/*end*/
