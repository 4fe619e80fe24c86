SELECT f.name AS file, st.line, st.key
  FROM stage_structure st
  JOIN stage_file f ON f.n = st.file
 WHERE st.pseudo = 1 AND st.verdict NOT IN ('refused', 'outside')
 ORDER BY st.n
