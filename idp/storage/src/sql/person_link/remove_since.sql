DELETE FROM person_link
 WHERE person_id = $1 AND linked_at >= $2
RETURNING connector, subject, person_id, how, detail, linked_at, used_at
