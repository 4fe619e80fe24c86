UPDATE notice SET next_at = $3, claimed_till = 0, last_error = $2
WHERE id = $1 AND delivered_at IS NULL
