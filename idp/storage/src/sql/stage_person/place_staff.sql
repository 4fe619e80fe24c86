UPDATE stage_person
   SET verdict = CASE WHEN EXISTS (SELECT 1 FROM stage_affiliation a JOIN stage_structure st ON st.key = a.structure
                                    WHERE a.person = stage_person.n AND st.verdict = 'refused')
                      THEN 'refused' ELSE 'outside' END,
       reason = CASE WHEN NOT EXISTS (SELECT 1 FROM stage_affiliation a WHERE a.person = stage_person.n)
                     THEN 'no_school'
                     WHEN EXISTS (SELECT 1 FROM stage_affiliation a JOIN stage_structure st ON st.key = a.structure
                                   WHERE a.person = stage_person.n)
                     THEN 'school_refused' ELSE 'other_school' END
 WHERE n >= $1 AND n < $2 AND kind = 'staff' AND verdict <> 'refused' AND home = ''
