INSERT INTO record (source, kind, key, person_id, home_id, digest)
SELECT $1, s.kind, s.key, s.id, st.id, s.digest
  FROM structure st
 CROSS JOIN stage_person s
 WHERE st.source = $1 AND st.key = $2
   AND s.home = $2 AND s.verdict IN ('new', 'changed', 'returned')
 ORDER BY s.n
ON CONFLICT (source, key, kind) DO UPDATE SET
    home_id = excluded.home_id, digest = excluded.digest, absences = 0, gone_at = NULL, suspended_at = NULL
