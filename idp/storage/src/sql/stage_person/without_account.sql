SELECT s.id, s.given_name, s.family_name
  FROM stage_person s
  LEFT JOIN account a ON a.person_id = s.id
 WHERE s.home = $1 AND s.verdict = 'new' AND a.person_id IS NULL
 ORDER BY s.n
