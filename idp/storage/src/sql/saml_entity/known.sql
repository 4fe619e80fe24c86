SELECT key, digest, valid_until FROM saml_entity WHERE source = $1
