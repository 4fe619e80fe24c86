DELETE FROM recovery_code
 WHERE person_id = $1
   AND NOT EXISTS (SELECT 1 FROM factor f WHERE f.person_id = $1)
