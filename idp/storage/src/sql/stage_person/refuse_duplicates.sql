-- Pupils, guardians and staff share one number space: a key twice, of whatever kind, says nothing sure
-- about either (IMP-06).
UPDATE stage_person SET verdict = 'refused', reason = 'duplicate'
 WHERE n >= $1 AND n < $2 AND verdict <> 'refused'
   AND EXISTS (SELECT 1 FROM stage_person o WHERE o.key = stage_person.key AND o.n <> stage_person.n)
