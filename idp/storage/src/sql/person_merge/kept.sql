SELECT kept_id FROM person_merge WHERE gone_id = $1 AND undone_at IS NULL
