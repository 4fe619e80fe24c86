SELECT service_id, detail, given_at FROM consent
WHERE person_id = $1 ORDER BY given_at DESC, service_id
