SELECT renewed FROM person WHERE id = $1
