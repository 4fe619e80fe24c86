-- COUNT of a CASE: the same words on both engines.
SELECT COUNT(*) AS owed, COUNT(CASE WHEN next_at <= $1 THEN 1 END) AS due
FROM notice WHERE next_at IS NOT NULL
