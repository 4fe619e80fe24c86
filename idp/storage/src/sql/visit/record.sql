INSERT INTO visit (person_id, service_id, first_at, last_at, times, attributes)
VALUES ($1, $2, $3, $3, 1, $4)
ON CONFLICT (person_id, service_id) DO UPDATE SET
    last_at = excluded.last_at, times = visit.times + 1, attributes = excluded.attributes
