SELECT id, person_id, kind, name, sealed, step, created_at, used_at
  FROM factor
 WHERE person_id = $1
 ORDER BY created_at, id
