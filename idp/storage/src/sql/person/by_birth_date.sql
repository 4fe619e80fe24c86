SELECT r.person_id, r.source, r.kind, p.family_name, p.given_name, p.detail
  FROM person p
  JOIN record r ON r.person_id = p.id
 WHERE p.birth_date = $1 AND r.suspended_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM portrait w WHERE w.source = r.source AND w.key = r.key AND w.kind = r.kind)
UNION
SELECT r.person_id, r.source, r.kind, w.family_name, w.given_name, w.detail
  FROM portrait w
  JOIN record r ON r.source = w.source AND r.key = w.key AND r.kind = w.kind
 WHERE w.birth_date = $1 AND r.suspended_at IS NULL
 ORDER BY 1, 2, 3
