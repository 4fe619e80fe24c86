DELETE FROM person_link WHERE connector = $1 AND subject = $2 AND person_id = $3
