-- Of all who come with one code at once, one is first.
UPDATE factor SET step = $3, used_at = $4 WHERE id = $1 AND person_id = $2 AND step < $3
