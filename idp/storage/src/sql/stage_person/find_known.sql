UPDATE stage_person
   SET (id, known, verdict) =
       (SELECT r.person_id, 1,
               CASE WHEN stage_person.verdict = 'refused' THEN 'refused'
                    WHEN r.gone_at IS NOT NULL THEN 'returned'
                    WHEN r.digest = stage_person.digest THEN 'same' ELSE 'changed' END
          FROM record r
         WHERE r.source = $3 AND r.key = stage_person.key AND r.kind = stage_person.kind)
 WHERE n >= $1 AND n < $2
   AND EXISTS (SELECT 1 FROM record r
                WHERE r.source = $3 AND r.key = stage_person.key AND r.kind = stage_person.kind)
