DELETE FROM connector WHERE id = $1
