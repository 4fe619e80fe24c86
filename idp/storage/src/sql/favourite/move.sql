UPDATE favourite SET person_id = $2
 WHERE person_id = $1 AND service_id NOT IN (SELECT f.service_id FROM favourite f WHERE f.person_id = $2)
RETURNING service_id
