-- Whoever comes second waits here for the first one's end.
INSERT INTO saml_source (name, tag, tried_at, good_at, valid_until, next_at, entities, generation, problem)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, NULL)
ON CONFLICT (name) DO UPDATE
   SET tag = excluded.tag, tried_at = excluded.tried_at, good_at = excluded.good_at,
       valid_until = excluded.valid_until, next_at = excluded.next_at, entities = excluded.entities,
       generation = saml_source.generation + 1, problem = NULL
RETURNING generation
