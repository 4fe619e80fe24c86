SELECT p.n, f.name AS file, p.line, p.key
  FROM stage_person p
  JOIN stage_file f ON f.n = p.file
 WHERE p.kind = 'pupil' AND p.verdict = 'new' AND p.linked = 0 AND p.ine IS NOT NULL
   AND EXISTS (SELECT 1 FROM person o JOIN record r ON r.person_id = o.id WHERE o.ine = p.ine)
 ORDER BY p.n LIMIT 1000
