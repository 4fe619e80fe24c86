SELECT p.id, p.family_name, p.given_name, p.birth_date, p.mail, p.ine, p.detail, p.renewed,
       COALESCE(a.login, '') AS login,
       (SELECT r.source || '$' || r.key FROM record r
         WHERE r.person_id = p.id AND r.kind <> 'local'
         ORDER BY r.suspended_at IS NOT NULL, r.adopted, r.source, r.kind, r.key LIMIT 1) AS external,
       (SELECT w.academic_mail
          FROM record r
          JOIN portrait w ON w.source = r.source AND w.key = r.key AND w.kind = r.kind
         WHERE r.person_id = p.id AND r.suspended_at IS NULL AND r.source NOT LIKE 'connector:%'
           AND w.academic_mail IS NOT NULL
         ORDER BY r.adopted, r.source, r.kind, r.key LIMIT 1) AS other_academic_mail
  FROM person p
  LEFT JOIN account a ON a.person_id = p.id
 WHERE p.id = $1
