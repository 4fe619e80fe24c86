-- Not of people with several records: the first of those speaks (person/speak).
UPDATE person
   SET family_name = s.family_name, given_name = s.given_name, search = s.search, birth_date = s.birth_date,
       mail = s.mail, ine = s.ine, detail = s.detail
  FROM stage_person s
 WHERE s.home = $2 AND s.id = person.id AND s.verdict IN ('changed', 'returned')
   AND NOT EXISTS (SELECT 1 FROM portrait w WHERE w.source = $1 AND w.key = s.key AND w.kind = s.kind)
