UPDATE account
   SET password_hash = $2, password_set_at = $3, activated_at = COALESCE(activated_at, $3),
       activation_digest = NULL, activation_sealed = NULL, activation_until = NULL
 WHERE person_id = $1
