SELECT a.profile, a.detail AS affiliation,
       s.id AS structure_id, s.source AS structure_source, s.key AS structure_key, s.uai, s.kind, s.name, s.detail AS structure
  FROM affiliation a
  JOIN record r ON r.source = a.source AND r.kind = a.kind AND r.key = a.key AND r.suspended_at IS NULL
  JOIN structure s ON s.id = a.structure_id
 WHERE a.person_id = $1
 ORDER BY s.name, a.profile, a.source, a.key
