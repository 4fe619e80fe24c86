UPDATE account SET locked_at = $2, locked_because = $3 WHERE person_id = $1
