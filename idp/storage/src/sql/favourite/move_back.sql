UPDATE favourite SET person_id = $3
 WHERE person_id = $1 AND service_id = $2
   AND NOT EXISTS (SELECT 1 FROM favourite f WHERE f.person_id = $3 AND f.service_id = $2)
