SELECT st.n, f.name AS file, st.line, 'structure' AS kind, st.key, st.reason
  FROM stage_structure st
  JOIN stage_file f ON f.n = st.file
 WHERE st.verdict IN ('refused', 'outside') AND st.n > $1
 ORDER BY st.n LIMIT 5000
