UPDATE structure SET gone_at = $2
 WHERE source = $1 AND gone_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM stage_structure st WHERE st.key = structure.key AND st.verdict <> 'outside')
