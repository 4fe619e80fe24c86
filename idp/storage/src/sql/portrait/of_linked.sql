-- The same, of those whom a new record of this school joins.
INSERT INTO portrait (source, kind, key, family_name, given_name, search, birth_date, mail, ine, detail)
SELECT r.source, r.kind, r.key, p.family_name, p.given_name, p.search, p.birth_date, p.mail, p.ine, p.detail
  FROM stage_person s
 CROSS JOIN record r
 CROSS JOIN person p
 WHERE s.home = $1 AND s.verdict = 'new' AND s.linked = 1
   AND r.person_id = s.id AND p.id = s.id
ON CONFLICT (source, key, kind) DO NOTHING
