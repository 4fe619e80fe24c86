SELECT connector, subject, person_id, how, detail, linked_at, used_at
  FROM person_link
 WHERE connector = $1 AND subject = $2
