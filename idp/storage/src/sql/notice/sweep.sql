DELETE FROM notice WHERE id IN (
    SELECT id FROM notice WHERE next_at IS NULL AND created_at < $1 LIMIT 1000
)
