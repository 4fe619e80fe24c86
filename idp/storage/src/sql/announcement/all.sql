SELECT id, document FROM announcement ORDER BY id
