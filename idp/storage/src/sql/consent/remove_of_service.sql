DELETE FROM consent WHERE service_id = $1
