-- Somebody whom the pupil's record no longer names has no say any more, at once.
DELETE FROM relation
 WHERE source = $1
   AND pupil_id IN (SELECT s.id FROM stage_person s
                     WHERE s.home = $2 AND s.kind = 'pupil' AND s.verdict IN ('changed', 'returned'))
   AND NOT EXISTS (SELECT 1
                     FROM record r
                     JOIN stage_person s ON s.key = r.key AND s.kind = 'pupil'
                                        AND s.verdict NOT IN ('refused', 'outside')
                     JOIN stage_relation sr ON sr.pupil = s.n
                     JOIN record g ON g.source = r.source AND g.key = sr.guardian AND g.kind = 'guardian'
                    WHERE r.person_id = relation.pupil_id AND r.source = $1 AND r.kind = 'pupil'
                      AND g.person_id = relation.guardian_id)
