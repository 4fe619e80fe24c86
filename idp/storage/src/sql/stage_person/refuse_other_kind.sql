-- A pupil's key that comes back as a member of staff is an alarm, not an update (IMP-07).
UPDATE stage_person SET verdict = 'refused', reason = 'other_kind'
 WHERE n >= $1 AND n < $2 AND verdict <> 'refused'
   AND EXISTS (SELECT 1 FROM record r
                WHERE r.source = $3 AND r.key = stage_person.key AND r.kind <> stage_person.kind)
