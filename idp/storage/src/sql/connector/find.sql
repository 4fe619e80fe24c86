SELECT id, document, sealed, updated_at FROM connector WHERE id = $1
