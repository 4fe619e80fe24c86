-- The school they name themselves if it is one of theirs, else the first. By MIN, because SQLite's
-- ORDER BY in a subquery does not see the row outside.
UPDATE stage_person
   SET home = COALESCE(
       (SELECT SUBSTR(MIN(CASE WHEN a.structure = stage_person.home THEN '0' ELSE '1' END || a.structure), 2)
          FROM stage_affiliation a
          JOIN stage_structure st ON st.key = a.structure
         WHERE a.person = stage_person.n
           AND (st.verdict IN ('new', 'changed', 'same', 'returned') OR st.verdict = 'refused' AND st.known = 1)), '')
 WHERE n >= $1 AND n < $2 AND kind = 'staff' AND verdict <> 'refused'
