SELECT person_id FROM login_name WHERE login = $1
