SELECT service_id FROM favourite WHERE person_id = $1 ORDER BY service_id
