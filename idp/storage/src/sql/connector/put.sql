-- $5: the secret there is stays.
INSERT INTO connector (id, document, sealed, updated_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET
    document = excluded.document, updated_at = excluded.updated_at,
    sealed = CASE WHEN $5 = 1 THEN connector.sealed ELSE excluded.sealed END
