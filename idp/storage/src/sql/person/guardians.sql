SELECT p.id, p.family_name, p.given_name, p.detail, rel.legal_rank,
       (SELECT r.source || '$' || r.key FROM record r
         WHERE r.person_id = p.id AND r.kind = 'guardian'
         ORDER BY r.adopted, r.source, r.key LIMIT 1) AS external
  FROM relation rel
  JOIN person p ON p.id = rel.guardian_id
 WHERE rel.pupil_id = $1 AND rel.legal_rank IN (1, 2) AND rel.pupil_id <> rel.guardian_id
 ORDER BY rel.legal_rank, p.id
