SELECT home, verdict, COUNT(*) AS records
  FROM stage_person
 WHERE verdict IN ('new', 'changed', 'same', 'returned')
 GROUP BY home, verdict
 ORDER BY home, verdict
