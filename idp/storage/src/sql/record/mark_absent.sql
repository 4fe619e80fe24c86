-- Absence is not deletion: it is counted, and enough of it suspends (IMP-04). The same delivery again is
-- no further absence: $4 says whether this one is newer than the last.
UPDATE record
   SET absences = absences + 1,
       gone_at = COALESCE(gone_at, $3),
       suspended_at = CASE WHEN absences + 1 >= $5 THEN $3 ELSE suspended_at END
 WHERE source = $1
   AND home_id = (SELECT st.id FROM structure st WHERE st.source = $1 AND st.key = $2)
   AND suspended_at IS NULL AND (absences = 0 OR $4 = 1)
   AND NOT EXISTS (SELECT 1 FROM stage_person s WHERE s.key = record.key AND s.verdict <> 'outside')
