DELETE FROM affiliation
 WHERE source = $1
   AND person_id IN (SELECT s.id FROM stage_person s WHERE s.home = $2 AND s.verdict IN ('changed', 'returned'))
   AND EXISTS (SELECT 1 FROM stage_person s
                WHERE s.key = affiliation.key AND s.kind = affiliation.kind
                  AND s.verdict IN ('changed', 'returned'))
