UPDATE oidc_authorization SET access_generation = access_generation + 1 WHERE id = $1
