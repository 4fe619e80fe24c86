-- Before its entities: whoever else writes the source waits here. Their number is set after them.
INSERT INTO saml_source (name, tag, tried_at, good_at, valid_until, next_at, problem)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (name) DO UPDATE SET
    tag = excluded.tag, tried_at = excluded.tried_at, good_at = excluded.good_at,
    valid_until = excluded.valid_until, next_at = excluded.next_at, problem = excluded.problem
