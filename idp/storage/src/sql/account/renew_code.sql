UPDATE account
   SET activation_digest = $2, activation_sealed = $3, activation_until = $4
 WHERE person_id = $1
