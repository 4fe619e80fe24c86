SELECT id, kept_id, gone_id, merged_by, reason, merged_at, undone_at, detail
  FROM person_merge
 WHERE id = $1 AND undone_at IS NULL
