-- A school that has joined the region: people who were there all along have changed, though their records
-- have not.
UPDATE stage_person SET verdict = 'changed'
 WHERE n >= $1 AND n < $2 AND verdict = 'same'
   AND EXISTS (SELECT 1 FROM stage_affiliation a JOIN stage_structure st ON st.key = a.structure
                WHERE a.person = stage_person.n AND st.verdict IN ('new', 'returned'))
