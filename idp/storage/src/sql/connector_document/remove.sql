DELETE FROM connector_document WHERE connector = $1
