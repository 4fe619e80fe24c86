-- The version is an instant, so that a document which was forgotten and comes again does not have one that
-- a node knows; the same body keeps its own.
INSERT INTO connector_document (connector, name, origin, body, version, tag, tried_at, good_at, valid_until,
                                next_at, warnings)
VALUES ($1, $2, $3, $4, $5, $6, $5, $5, $7, $8, $9)
ON CONFLICT (connector, name) DO UPDATE SET
    version = CASE WHEN connector_document.body = excluded.body AND connector_document.origin = excluded.origin
                   THEN connector_document.version
                   WHEN connector_document.version < excluded.version THEN excluded.version
                   ELSE connector_document.version + 1 END,
    origin = excluded.origin, body = excluded.body, tag = excluded.tag, tried_at = excluded.tried_at,
    good_at = excluded.good_at, valid_until = excluded.valid_until, next_at = excluded.next_at,
    problem = NULL, warnings = excluded.warnings
