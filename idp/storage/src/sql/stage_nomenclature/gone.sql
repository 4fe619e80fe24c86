SELECT kind, COUNT(*) AS records
  FROM nomenclature
 WHERE source = $1 AND gone_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM stage_nomenclature st
                    WHERE st.kind = nomenclature.kind AND st.key = nomenclature.key)
 GROUP BY kind
