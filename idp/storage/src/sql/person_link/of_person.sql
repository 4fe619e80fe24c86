SELECT connector, subject, person_id, how, detail, linked_at, used_at
  FROM person_link
 WHERE person_id = $1
 ORDER BY linked_at, connector, subject
