UPDATE oidc_authorization SET session = $2 WHERE session = $1
