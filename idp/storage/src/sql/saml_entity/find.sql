SELECT entity_id, xml, digest, valid_until FROM saml_entity WHERE key = $1
