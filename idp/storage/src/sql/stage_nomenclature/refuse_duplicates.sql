UPDATE stage_nomenclature SET verdict = 'refused', reason = 'duplicate'
 WHERE verdict <> 'refused'
   AND EXISTS (SELECT 1 FROM stage_nomenclature o
                WHERE o.kind = stage_nomenclature.kind AND o.key = stage_nomenclature.key
                  AND o.n <> stage_nomenclature.n)
