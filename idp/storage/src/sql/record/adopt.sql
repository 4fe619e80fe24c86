UPDATE record SET person_id = $2, adopted = 1 WHERE person_id = $1
