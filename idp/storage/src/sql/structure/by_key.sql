SELECT id, source, key, uai, kind, name, detail, gone_at FROM structure WHERE source = $1 AND key = $2
