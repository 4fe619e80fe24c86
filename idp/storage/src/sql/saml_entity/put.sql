INSERT INTO saml_entity (source, name, entity_id, xml, digest, valid_until, generation)
VALUES /*row*/($1, $2, $3, $4, $5, $6, $7)/*end*/
ON CONFLICT (source, name) DO UPDATE
   SET entity_id = excluded.entity_id, xml = excluded.xml, digest = excluded.digest,
       valid_until = excluded.valid_until, generation = excluded.generation
RETURNING 1 AS written
