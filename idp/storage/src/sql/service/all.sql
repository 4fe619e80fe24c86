SELECT id, document, updated_at FROM service ORDER BY id
