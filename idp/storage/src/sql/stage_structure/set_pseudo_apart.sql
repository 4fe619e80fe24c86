UPDATE stage_structure SET verdict = 'outside', reason = 'pseudo'
 WHERE verdict <> 'refused' AND pseudo = 1
   AND NOT EXISTS (SELECT 1 FROM stage_person p WHERE p.home = stage_structure.key AND p.kind = 'pupil')
