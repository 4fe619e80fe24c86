DELETE FROM person_link WHERE connector = $1
