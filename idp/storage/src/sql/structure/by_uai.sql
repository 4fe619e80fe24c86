SELECT id, source, key, uai, kind, name, detail, gone_at FROM structure WHERE uai = $1 ORDER BY gone_at IS NOT NULL, source, key
