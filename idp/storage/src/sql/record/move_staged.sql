-- A guardian's own record is the same, but the children's schools are others.
UPDATE record
   SET home_id = (SELECT st.id FROM structure st WHERE st.source = $1 AND st.key = $2)
 WHERE source = $1
   AND key IN (SELECT s.key FROM stage_person s WHERE s.home = $2 AND s.verdict = 'same')
   AND home_id <> (SELECT st.id FROM structure st WHERE st.source = $1 AND st.key = $2)
