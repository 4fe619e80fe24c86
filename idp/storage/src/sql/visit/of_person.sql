SELECT service_id, first_at, last_at, times, attributes FROM visit WHERE person_id = $1 ORDER BY last_at DESC
