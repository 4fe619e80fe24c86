UPDATE person_link SET person_id = $4 WHERE connector = $1 AND subject = $2 AND person_id = $3
