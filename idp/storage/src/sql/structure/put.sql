INSERT INTO structure (id, source, key, uai, kind, name, detail, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (source, key) DO UPDATE SET
    uai = excluded.uai, kind = excluded.kind, name = excluded.name, detail = excluded.detail,
    digest = excluded.digest, gone_at = NULL
