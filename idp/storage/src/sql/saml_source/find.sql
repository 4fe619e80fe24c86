SELECT name, tag, tried_at, good_at, valid_until, next_at, entities, problem
FROM saml_source WHERE name = $1
