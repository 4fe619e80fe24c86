DELETE FROM factor WHERE person_id = $1
