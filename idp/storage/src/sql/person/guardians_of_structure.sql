SELECT DISTINCT p.id, p.family_name, p.given_name, pupil.id AS pupil_id,
       acc.login, acc.activated_at, acc.activation_sealed, acc.activation_until
  FROM affiliation a
  JOIN record r ON r.source = a.source AND r.kind = a.kind AND r.key = a.key AND r.suspended_at IS NULL
  JOIN person pupil ON pupil.id = a.person_id
  JOIN relation rel ON rel.pupil_id = pupil.id AND rel.legal_rank IN (1, 2) AND rel.guardian_id <> pupil.id
  JOIN person p ON p.id = rel.guardian_id
  JOIN account acc ON acc.person_id = p.id
 WHERE a.structure_id = $1 AND a.profile = 'National_ELV'
 ORDER BY p.family_name, p.given_name, p.id
