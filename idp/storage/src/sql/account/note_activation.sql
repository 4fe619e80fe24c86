UPDATE account SET activated_at = $2 WHERE person_id = $1 AND activated_at IS NULL
