UPDATE affiliation SET person_id = $2 WHERE person_id = $1
