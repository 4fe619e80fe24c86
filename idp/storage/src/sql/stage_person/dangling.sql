-- Guardian keys that no guardian record answers to.
SELECT p.n, f.name AS file, p.line, p.key, rel.guardian
  FROM stage_person p
  JOIN stage_relation rel ON rel.pupil = p.n
  JOIN stage_file f ON f.n = p.file
 WHERE p.n > $1 AND p.kind = 'pupil' AND p.verdict IN ('new', 'changed', 'same', 'returned')
   AND NOT EXISTS (SELECT 1 FROM stage_person g WHERE g.key = rel.guardian AND g.kind = 'guardian')
 ORDER BY p.n, rel.guardian LIMIT 1000
