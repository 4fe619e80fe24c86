-- Only where nobody has had a way in of their own yet, or while an imported hash waits for its first login: the
-- check and the change are one statement, because wrapping the hashes of a region takes half an hour.
UPDATE account
   SET password_hash = $2, password_set_at = $3, activated_at = COALESCE(activated_at, $3),
       activation_digest = NULL, activation_sealed = NULL, activation_until = NULL
 WHERE person_id = $1
   AND (password_hash LIKE '$wrapped$%' OR (password_hash IS NULL AND activated_at IS NULL))
