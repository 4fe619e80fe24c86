UPDATE account
   SET password_hash = $3, password_set_at = $4, activated_at = COALESCE(activated_at, $4),
       activation_digest = NULL, activation_sealed = NULL, activation_until = NULL
 WHERE person_id = $1 AND activation_digest = $2 AND activation_until > $4 AND locked_at IS NULL
