-- The first of the children's schools in the order in which schools are applied, so that guardians are
-- there before any pupil names them, with authority or without. Without any there is no home.
UPDATE stage_person
   SET home = COALESCE(
       (SELECT CASE WHEN MAX(CASE WHEN rel.legal_rank IN (1, 2) THEN 1 ELSE 0 END) = 1 THEN MIN(p.home) END
          FROM stage_relation rel
          JOIN stage_person p ON p.n = rel.pupil
         WHERE rel.guardian = stage_person.key AND p.verdict NOT IN ('refused', 'outside')), '')
 WHERE n >= $1 AND n < $2 AND kind = 'guardian' AND verdict <> 'refused'
