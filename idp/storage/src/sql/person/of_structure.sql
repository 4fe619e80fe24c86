SELECT p.id, p.family_name, p.given_name, a.profile, a.detail,
       acc.login, acc.activated_at, acc.activation_sealed, acc.activation_until
  FROM affiliation a
  JOIN record r ON r.source = a.source AND r.kind = a.kind AND r.key = a.key AND r.suspended_at IS NULL
  JOIN person p ON p.id = a.person_id
  JOIN account acc ON acc.person_id = p.id
 WHERE a.structure_id = $1
 ORDER BY p.family_name, p.given_name, p.id
