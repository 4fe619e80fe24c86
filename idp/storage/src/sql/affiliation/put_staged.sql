INSERT INTO affiliation (person_id, structure_id, profile, source, kind, key, detail)
SELECT s.id, st.id, a.profile, $1, s.kind, s.key, a.detail
  FROM stage_person s
 CROSS JOIN stage_affiliation a
 CROSS JOIN structure st
 WHERE s.home = $2 AND s.verdict IN ('new', 'changed', 'returned')
   AND a.person = s.n
   AND st.source = $1 AND st.key = a.structure AND st.gone_at IS NULL
 ORDER BY s.n, a.structure, a.profile
ON CONFLICT (person_id, structure_id, profile, source, kind, key) DO UPDATE SET detail = excluded.detail
