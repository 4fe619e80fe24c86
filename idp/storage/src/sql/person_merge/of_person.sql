SELECT id, kept_id, gone_id, merged_by, reason, merged_at, undone_at
  FROM person_merge
 WHERE kept_id = $1 OR gone_id = $1
 ORDER BY merged_at DESC, id DESC
