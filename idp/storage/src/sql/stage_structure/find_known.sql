UPDATE stage_structure
   SET (id, known, verdict) =
       (SELECT s.id, 1, CASE WHEN stage_structure.verdict = 'refused' THEN 'refused'
                             WHEN s.gone_at IS NOT NULL THEN 'returned'
                             WHEN s.digest = stage_structure.digest THEN 'same' ELSE 'changed' END
          FROM structure s WHERE s.source = $1 AND s.key = stage_structure.key)
 WHERE EXISTS (SELECT 1 FROM structure s WHERE s.source = $1 AND s.key = stage_structure.key)
