SELECT r.person_id, r.source, r.kind
  FROM person p
  JOIN record r ON r.person_id = p.id
 WHERE p.academic_mail = lower($1)
   AND r.kind IN ('staff', 'local') AND r.suspended_at IS NULL AND r.source NOT LIKE 'connector:%'
   AND NOT EXISTS (SELECT 1 FROM portrait w WHERE w.source = r.source AND w.key = r.key AND w.kind = r.kind)
UNION
SELECT r.person_id, r.source, r.kind
  FROM portrait w
  JOIN record r ON r.source = w.source AND r.key = w.key AND r.kind = w.kind
 WHERE w.academic_mail = lower($1)
   AND r.kind IN ('staff', 'local') AND r.suspended_at IS NULL AND r.source NOT LIKE 'connector:%'
 ORDER BY 1, 2, 3
