UPDATE person_link SET used_at = $3 WHERE connector = $1 AND subject = $2
