UPDATE stage_nomenclature
   SET verdict = (SELECT CASE WHEN stage_nomenclature.verdict = 'refused' THEN 'refused'
                              WHEN m.gone_at IS NOT NULL THEN 'returned'
                              WHEN m.digest = stage_nomenclature.digest THEN 'same' ELSE 'changed' END
                    FROM nomenclature m
                   WHERE m.source = $1 AND m.kind = stage_nomenclature.kind AND m.key = stage_nomenclature.key)
 WHERE EXISTS (SELECT 1 FROM nomenclature m
                WHERE m.source = $1 AND m.kind = stage_nomenclature.kind AND m.key = stage_nomenclature.key)
