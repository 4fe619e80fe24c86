-- What belongs to the copy stays: tag, validity, number of entities.
INSERT INTO saml_source (name, tried_at, good_at, next_at, problem) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET
    tried_at = excluded.tried_at, good_at = COALESCE(excluded.good_at, saml_source.good_at),
    next_at = excluded.next_at, problem = excluded.problem
