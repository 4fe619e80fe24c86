SELECT id, document, sealed, updated_at FROM connector ORDER BY id
