-- Never in place of somebody else's link, and never to somebody who was found to be another person.
INSERT INTO person_link (connector, subject, person_id, how, detail, linked_at, used_at)
SELECT $1, $2, p.id, $4, $5, $6, $7
  FROM person p
 WHERE p.id = $3
   AND NOT EXISTS (SELECT 1 FROM person_merge m WHERE m.gone_id = p.id AND m.undone_at IS NULL)
ON CONFLICT (connector, subject) DO NOTHING
