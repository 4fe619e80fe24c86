DELETE FROM saml_entity WHERE source = $1
