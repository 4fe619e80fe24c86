INSERT INTO notice (id, logout, person_id, service_id, document, created_at, next_at)
VALUES /*row*/($1, $2, $3, $4, $5, $6, $6)/*end*/
