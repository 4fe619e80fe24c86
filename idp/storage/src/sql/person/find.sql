SELECT p.id, p.family_name, p.given_name, p.birth_date, p.mail, p.ine, p.detail, p.renewed,
       COALESCE(a.login, '') AS login,
       (SELECT r.source || '$' || r.key FROM record r
         WHERE r.person_id = p.id AND r.kind <> 'local'
         ORDER BY r.suspended_at IS NOT NULL, r.source, r.kind, r.key LIMIT 1) AS external
  FROM person p
  LEFT JOIN account a ON a.person_id = p.id
 WHERE p.id = $1
