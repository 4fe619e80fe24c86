UPDATE stage_structure SET verdict = 'refused', reason = 'duplicate'
 WHERE verdict <> 'refused'
   AND EXISTS (SELECT 1 FROM stage_structure o WHERE o.key = stage_structure.key AND o.n <> stage_structure.n)
