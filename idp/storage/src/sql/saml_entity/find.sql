SELECT entity_id, xml, digest, valid_until FROM saml_entity WHERE source = $1 AND name = $2
