UPDATE account
   SET password_hash = NULL, password_set_at = NULL,
       activation_digest = NULL, activation_sealed = NULL, activation_until = NULL
 WHERE person_id = $1
   AND (password_hash IS NOT NULL OR activation_digest IS NOT NULL OR activation_sealed IS NOT NULL)
