SELECT p.id, p.family_name, p.given_name, p.detail, rel.legal_rank,
       r.source || '$' || r.key AS external,
       a.profile, a.detail AS affiliation,
       s.id AS structure_id, s.source AS structure_source, s.key AS structure_key, s.uai, s.kind, s.name, s.detail AS structure
  FROM relation rel
  JOIN person p ON p.id = rel.pupil_id
  JOIN record r ON r.person_id = p.id AND r.source = rel.source AND r.kind IN ('pupil', 'local') AND r.suspended_at IS NULL
  JOIN affiliation a ON a.person_id = p.id AND a.source = r.source AND a.kind = r.kind AND a.key = r.key
                     AND a.profile = 'National_ELV'
  JOIN structure s ON s.id = a.structure_id
 WHERE rel.guardian_id = $1 AND rel.legal_rank IN (1, 2) AND rel.pupil_id <> rel.guardian_id
 ORDER BY p.given_name, p.family_name, p.id, s.name
