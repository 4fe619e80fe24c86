UPDATE account SET login = $2 WHERE person_id = $1
