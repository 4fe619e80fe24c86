-- A pupil belongs to a school of the delivery, or to one that the directory keeps because its new record
-- was refused.
UPDATE stage_person
   SET verdict = CASE WHEN EXISTS (SELECT 1 FROM stage_structure st
                                    WHERE st.key = stage_person.home AND st.verdict = 'refused')
                      THEN 'refused' ELSE 'outside' END,
       reason = CASE WHEN home = '' THEN 'no_school'
                     WHEN EXISTS (SELECT 1 FROM stage_structure st WHERE st.key = stage_person.home)
                     THEN 'school_refused' ELSE 'other_school' END
 WHERE n >= $1 AND n < $2 AND kind = 'pupil' AND verdict <> 'refused'
   AND NOT EXISTS (SELECT 1 FROM stage_structure st
                    WHERE st.key = stage_person.home
                      AND (st.verdict IN ('new', 'changed', 'same', 'returned')
                           OR st.verdict = 'refused' AND st.known = 1))
