UPDATE notice SET delivered_at = $2, next_at = NULL, claimed_till = 0, last_error = NULL
WHERE id = $1 AND delivered_at IS NULL
