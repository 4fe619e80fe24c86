DELETE FROM consent WHERE person_id = $1 AND service_id = $2
