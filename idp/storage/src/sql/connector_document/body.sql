SELECT origin, body, version, valid_until FROM connector_document
 WHERE connector = $1 AND name = $2 AND body IS NOT NULL
