SELECT service_id, kind, digest, sealed, created_at, expires_at FROM client_credential
WHERE service_id = $1 ORDER BY kind, created_at, digest
