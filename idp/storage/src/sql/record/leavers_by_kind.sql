SELECT x.kind,
       COUNT(CASE WHEN x.gone_at IS NULL THEN 1 END) AS missing,
       COUNT(CASE WHEN (x.absences = 0 OR $2 = 1) AND x.absences + 1 >= $3 THEN 1 END) AS suspended
  FROM record x
 WHERE x.source = $1 AND x.suspended_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM stage_person st WHERE st.key = x.key AND st.verdict <> 'outside')
 GROUP BY x.kind
