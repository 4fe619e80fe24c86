DELETE FROM saml_entity WHERE key IN (/*row*/$1/*end*/)
