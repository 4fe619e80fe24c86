UPDATE saml_source SET tried_at = $2, good_at = $2, next_at = $3, problem = NULL WHERE name = $1
