UPDATE record
   SET source = $2, gone_at = COALESCE(gone_at, $3), suspended_at = COALESCE(suspended_at, $3)
 WHERE source = $1
