-- The copy, if there is one, stays as it is.
INSERT INTO saml_source (name, tried_at, next_at, problem)
VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE
   SET tried_at = excluded.tried_at, next_at = excluded.next_at, problem = excluded.problem
