SELECT id, kept_id, gone_id, merged_by, reason, merged_at, undone_at
  FROM person_merge
 WHERE undone_at IS NULL
 ORDER BY merged_at DESC, id DESC LIMIT 500
