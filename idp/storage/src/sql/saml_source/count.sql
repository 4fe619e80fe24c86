UPDATE saml_source SET entities = (SELECT COUNT(*) FROM saml_entity e WHERE e.source = $1)
WHERE name = $1
