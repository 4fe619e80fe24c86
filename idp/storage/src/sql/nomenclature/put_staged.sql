INSERT INTO nomenclature (source, kind, key, label, detail, digest)
SELECT $1, st.kind, st.key, st.label, st.detail, st.digest
  FROM stage_nomenclature st
 WHERE st.verdict IN ('new', 'changed', 'returned')
 ORDER BY st.kind, st.key
ON CONFLICT (source, kind, key) DO UPDATE SET
    label = excluded.label, detail = excluded.detail, digest = excluded.digest, gone_at = NULL
