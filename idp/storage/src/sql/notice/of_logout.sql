SELECT id, service_id, created_at, next_at, attempts, delivered_at, last_error
FROM notice WHERE logout = $1 ORDER BY service_id, id
