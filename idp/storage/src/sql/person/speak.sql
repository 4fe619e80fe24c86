-- Of a person's records the first speaks: one that is delivered before one that is missing, a feed's before a
-- local one, their own before one that came by a merge. What it does not say, the next one says, unless a
-- connector wrote it.
-- CROSS JOIN is an inner join to PostgreSQL, and to SQLite one in this order: it is to begin with the few
-- portraits, and not with every record.
UPDATE person
   SET family_name = said.family_name, given_name = said.given_name, search = said.search,
       birth_date = said.birth_date, mail = said.mail, ine = said.ine, detail = said.detail
  FROM (SELECT r.person_id, w.family_name, w.given_name, w.search, w.detail,
               COALESCE(w.birth_date,
                        (SELECT q.birth_date
                           FROM record o
                           JOIN portrait q ON q.source = o.source AND q.key = o.key AND q.kind = o.kind
                          WHERE o.person_id = r.person_id AND o.suspended_at IS NULL
                            AND o.source NOT LIKE 'connector:%' AND q.birth_date IS NOT NULL
                          ORDER BY o.kind = 'local', o.adopted, o.source, o.kind, o.key LIMIT 1)) AS birth_date,
               COALESCE(w.mail,
                        (SELECT q.mail
                           FROM record o
                           JOIN portrait q ON q.source = o.source AND q.key = o.key AND q.kind = o.kind
                          WHERE o.person_id = r.person_id AND o.suspended_at IS NULL
                            AND o.source NOT LIKE 'connector:%' AND q.mail IS NOT NULL
                          ORDER BY o.kind = 'local', o.adopted, o.source, o.kind, o.key LIMIT 1)) AS mail,
               COALESCE(w.ine,
                        (SELECT q.ine
                           FROM record o
                           JOIN portrait q ON q.source = o.source AND q.key = o.key AND q.kind = o.kind
                          WHERE o.person_id = r.person_id AND o.suspended_at IS NULL
                            AND o.source NOT LIKE 'connector:%' AND q.ine IS NOT NULL
                          ORDER BY o.kind = 'local', o.adopted, o.source, o.kind, o.key LIMIT 1)) AS ine
          FROM portrait w
          JOIN record r ON r.source = w.source AND r.key = w.key AND r.kind = w.kind
         WHERE NOT EXISTS (
               SELECT 1 FROM record o
                WHERE o.person_id = r.person_id
                  AND (o.gone_at IS NOT NULL, o.suspended_at IS NOT NULL, o.kind = 'local', o.adopted, o.source, o.kind, o.key)
                    < (r.gone_at IS NOT NULL, r.suspended_at IS NOT NULL, r.kind = 'local', r.adopted, r.source, r.kind, r.key))) said
 WHERE person.id = said.person_id
   AND person.id IN (SELECT r.person_id
                       FROM portrait w
                      CROSS JOIN record r
                      WHERE r.source = w.source AND r.key = w.key AND r.kind = w.kind)
   AND (person.family_name <> said.family_name OR person.given_name <> said.given_name
        OR person.search <> said.search OR person.detail <> said.detail
        OR COALESCE(person.birth_date, '') <> COALESCE(said.birth_date, '')
        OR COALESCE(person.mail, '') <> COALESCE(said.mail, '')
        OR COALESCE(person.ine, '') <> COALESCE(said.ine, ''))
