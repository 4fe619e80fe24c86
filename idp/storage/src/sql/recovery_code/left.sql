SELECT COUNT(*) AS codes, MAX(created_at) AS created_at
  FROM recovery_code
 WHERE person_id = $1 AND used_at IS NULL
