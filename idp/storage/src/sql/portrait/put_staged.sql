INSERT INTO portrait (source, kind, key, family_name, given_name, search, birth_date, mail, ine, detail)
SELECT $1, s.kind, s.key, s.family_name, s.given_name, s.search, s.birth_date, s.mail, s.ine, s.detail
  FROM stage_person s
 WHERE s.home = $2
   AND (s.verdict = 'new' AND s.linked = 1
        OR s.verdict IN ('changed', 'returned')
           AND EXISTS (SELECT 1 FROM portrait w WHERE w.source = $1 AND w.key = s.key AND w.kind = s.kind))
ON CONFLICT (source, key, kind) DO UPDATE SET
    family_name = excluded.family_name, given_name = excluded.given_name, search = excluded.search,
    birth_date = excluded.birth_date, mail = excluded.mail, ine = excluded.ine, detail = excluded.detail
