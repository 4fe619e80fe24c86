-- For each school of the source: people it had, those the delivery lacks, and those whose affiliations
-- would stop counting now.
SELECT s.key, COALESCE(s.uai, '') AS uai, s.name,
       COUNT(CASE WHEN x.gone_at IS NULL THEN 1 END) AS known,
       COUNT(CASE WHEN x.gone_at IS NULL AND x.absent = 1 THEN 1 END) AS missing,
       COUNT(CASE WHEN x.suspended_at IS NULL AND x.absent = 1 AND (x.absences = 0 OR $2 = 1)
                   AND x.absences + 1 >= $3 THEN 1 END) AS suspended
  FROM (SELECT r.home_id, r.gone_at, r.suspended_at, r.absences,
               CASE WHEN EXISTS (SELECT 1 FROM stage_person st
                                  WHERE st.key = r.key AND st.verdict <> 'outside') THEN 0 ELSE 1 END AS absent
          FROM record r
         WHERE r.source = $1) x
  JOIN structure s ON s.id = x.home_id
 GROUP BY s.key, s.uai, s.name
 ORDER BY s.key
