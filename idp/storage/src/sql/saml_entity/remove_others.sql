DELETE FROM saml_entity WHERE source = $1 AND generation <> $2
