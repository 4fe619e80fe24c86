-- A pupil whom another record already made known: the INE, the birth date and the name agree, and no
-- second person has that INE. The account is kept (the pupil moved school or academy).
UPDATE stage_person
   SET linked = 1,
       id = (SELECT p.id FROM person p WHERE p.ine = stage_person.ine)
 WHERE n >= $1 AND n < $2 AND kind = 'pupil' AND verdict = 'new' AND ine IS NOT NULL AND birth_date IS NOT NULL
   AND (SELECT COUNT(*) FROM person p WHERE p.ine = stage_person.ine) = 1
   AND EXISTS (SELECT 1 FROM person p
                WHERE p.ine = stage_person.ine AND p.birth_date = stage_person.birth_date
                  AND p.search = stage_person.search)
