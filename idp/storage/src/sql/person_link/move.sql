UPDATE person_link SET person_id = $2 WHERE person_id = $1 RETURNING connector, subject
