-- Only parental authority makes a guardian; the rest of the file is other people (SDET, entcore).
UPDATE stage_person
   SET verdict = CASE WHEN EXISTS (SELECT 1 FROM stage_relation rel JOIN stage_person p ON p.n = rel.pupil
                                    WHERE rel.guardian = stage_person.key AND rel.legal_rank IN (1, 2)
                                      AND p.verdict = 'refused')
                      THEN 'refused' ELSE 'outside' END,
       reason = CASE WHEN NOT EXISTS (SELECT 1 FROM stage_relation rel WHERE rel.guardian = stage_person.key)
                     THEN 'unreferenced'
                     WHEN EXISTS (SELECT 1 FROM stage_relation rel
                                   WHERE rel.guardian = stage_person.key AND rel.legal_rank IN (1, 2))
                     THEN 'pupil_refused' ELSE 'no_authority' END
 WHERE n >= $1 AND n < $2 AND kind = 'guardian' AND verdict <> 'refused' AND home = ''
