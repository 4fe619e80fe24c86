-- The first of the children's schools in the order in which schools are applied, so that guardians are
-- there before any child refers to them.
UPDATE stage_person
   SET home = COALESCE(
       (SELECT MIN(p.home)
          FROM stage_relation rel
          JOIN stage_person p ON p.n = rel.pupil
         WHERE rel.guardian = stage_person.key AND rel.legal_rank IN (1, 2)
           AND p.verdict NOT IN ('refused', 'outside')), '')
 WHERE n >= $1 AND n < $2 AND kind = 'guardian' AND verdict <> 'refused'
