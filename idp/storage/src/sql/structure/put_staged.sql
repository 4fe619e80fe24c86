INSERT INTO structure (id, source, key, uai, kind, name, detail, digest)
SELECT st.id, $1, st.key, st.uai, 'school', st.name, st.detail, st.digest
  FROM stage_structure st
 WHERE st.verdict IN ('new', 'changed', 'returned')
 ORDER BY st.n
ON CONFLICT (source, key) DO UPDATE SET
    uai = excluded.uai, name = excluded.name, detail = excluded.detail, digest = excluded.digest, gone_at = NULL
