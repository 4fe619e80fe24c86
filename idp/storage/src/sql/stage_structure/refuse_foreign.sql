-- A school that another academy delivers is not this sender's to change (IMP-05).
UPDATE stage_structure SET verdict = 'refused', reason = 'foreign_uai'
 WHERE verdict <> 'refused' AND uai IS NOT NULL
   AND EXISTS (SELECT 1 FROM structure s
                WHERE s.uai = stage_structure.uai AND s.source NOT IN ($1, 'local') AND s.gone_at IS NULL)
