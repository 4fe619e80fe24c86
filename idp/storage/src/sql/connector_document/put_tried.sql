-- What belongs to the copy stays: its origin, body, tag, validity, warnings.
INSERT INTO connector_document (connector, name, origin, tried_at, good_at, next_at, problem)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (connector, name) DO UPDATE SET
    tried_at = excluded.tried_at, good_at = COALESCE(excluded.good_at, connector_document.good_at),
    next_at = excluded.next_at, problem = excluded.problem
