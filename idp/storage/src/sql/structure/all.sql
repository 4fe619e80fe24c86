SELECT id, source, key, uai, kind, name, detail, gone_at FROM structure ORDER BY name, source, key
