INSERT INTO client_credential (service_id, kind, digest, sealed, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (service_id, kind, digest) DO UPDATE SET
    sealed = excluded.sealed, created_at = excluded.created_at, expires_at = excluded.expires_at
