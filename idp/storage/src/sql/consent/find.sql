SELECT service_id, detail, given_at FROM consent WHERE person_id = $1 AND service_id = $2
