INSERT INTO favourite (person_id, service_id, since) VALUES ($1, $2, $3) ON CONFLICT (person_id, service_id) DO NOTHING
