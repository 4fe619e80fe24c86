-- Never to somebody who was found to be another person.
INSERT INTO factor (id, person_id, kind, name, sealed, step, created_at)
SELECT $1, p.id, $3, $4, $5, $6, $7
  FROM person p
 WHERE p.id = $2
   AND NOT EXISTS (SELECT 1 FROM person_merge m WHERE m.gone_id = p.id AND m.undone_at IS NULL)
