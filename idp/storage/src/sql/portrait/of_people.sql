-- Of people about whom a second record is to speak: what the first says is in their rows.
INSERT INTO portrait (source, kind, key, family_name, given_name, search, birth_date, mail, ine, detail)
SELECT r.source, r.kind, r.key, p.family_name, p.given_name, p.search, p.birth_date, p.mail, p.ine, p.detail
  FROM record r
  JOIN person p ON p.id = r.person_id
 WHERE r.person_id IN ($1, $2)
ON CONFLICT (source, key, kind) DO NOTHING
