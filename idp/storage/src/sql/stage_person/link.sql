-- A pupil whom another record already made known: the INE, the birth date and the name agree, and no
-- second person has that INE. The account is kept (the pupil moved school or academy). What a connector
-- alone says of somebody makes nobody known, and somebody without a record was found to be another person.
UPDATE stage_person
   SET linked = 1,
       id = (SELECT p.id FROM person p
              WHERE p.ine = stage_person.ine
                AND EXISTS (SELECT 1 FROM record r WHERE r.person_id = p.id AND r.source NOT LIKE 'connector:%'))
 WHERE n >= $1 AND n < $2 AND kind = 'pupil' AND verdict = 'new' AND ine IS NOT NULL AND birth_date IS NOT NULL
   AND (SELECT COUNT(*) FROM person p
         WHERE p.ine = stage_person.ine
           AND EXISTS (SELECT 1 FROM record r WHERE r.person_id = p.id AND r.source NOT LIKE 'connector:%')) = 1
   AND EXISTS (SELECT 1 FROM person p
                WHERE p.ine = stage_person.ine AND COALESCE(p.birth_date, '') = stage_person.birth_date
                  AND p.search = stage_person.search
                  AND EXISTS (SELECT 1 FROM record r WHERE r.person_id = p.id AND r.source NOT LIKE 'connector:%'))
