SELECT COUNT(*) AS links FROM person_link WHERE connector = $1
