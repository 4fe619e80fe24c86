SELECT DISTINCT a.person_id, s.source, a.kind
  FROM affiliation a
  JOIN record r ON r.source = a.source AND r.kind = a.kind AND r.key = a.key AND r.suspended_at IS NULL
  JOIN structure s ON s.id = a.structure_id
 WHERE a.school_record = $2 AND s.uai = $1 AND a.profile = 'National_ELV' AND a.source NOT LIKE 'connector:%'
 ORDER BY a.person_id, s.source, a.kind
