DELETE FROM client_credential WHERE service_id = $1
