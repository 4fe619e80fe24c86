DELETE FROM oidc_authorization WHERE service_id = $1
