INSERT INTO person (id, family_name, given_name, search, birth_date, mail, ine, detail)
SELECT s.id, s.family_name, s.given_name, s.search, s.birth_date, s.mail, s.ine, s.detail
  FROM stage_person s
 WHERE s.home = $1 AND s.verdict = 'new' AND s.linked = 0
 ORDER BY s.n
