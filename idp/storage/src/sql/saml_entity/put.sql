INSERT INTO saml_entity (key, source, entity_id, xml, digest, valid_until)
VALUES /*row*/($1, $2, $3, $4, $5, $6)/*end*/
ON CONFLICT (key) DO UPDATE SET
    xml = excluded.xml, digest = excluded.digest, valid_until = excluded.valid_until
