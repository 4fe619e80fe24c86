UPDATE person
   SET family_name = s.family_name, given_name = s.given_name, search = s.search, birth_date = s.birth_date,
       mail = s.mail, ine = s.ine, detail = s.detail
  FROM stage_person s
 WHERE s.home = $1 AND s.id = person.id
   AND (s.verdict IN ('changed', 'returned') OR s.verdict = 'new' AND s.linked = 1)
