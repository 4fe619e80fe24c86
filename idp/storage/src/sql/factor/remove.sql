DELETE FROM factor WHERE id = $1 AND person_id = $2
