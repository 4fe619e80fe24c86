SELECT service_id, kind, digest, sealed, created_at, expires_at FROM client_credential
ORDER BY service_id, kind, created_at, digest
