SELECT kind, verdict, COALESCE(reason, '') AS reason, COUNT(*) AS records
  FROM stage_person
 GROUP BY kind, verdict, COALESCE(reason, '')
 ORDER BY kind, verdict, COALESCE(reason, '')
