-- Functions in schools that are no part of the region: normal, and dropped.
SELECT COUNT(*) AS affiliations
  FROM stage_affiliation a
 WHERE NOT EXISTS (SELECT 1 FROM stage_structure st
                    WHERE st.key = a.structure
                      AND (st.verdict IN ('new', 'changed', 'same', 'returned')
                           OR st.verdict = 'refused' AND st.known = 1))
