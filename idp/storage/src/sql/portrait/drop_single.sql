-- Of people who have one record again.
DELETE FROM portrait
 WHERE EXISTS (SELECT 1 FROM record r
                WHERE r.source = portrait.source AND r.key = portrait.key AND r.kind = portrait.kind
                  AND r.person_id IN ($1, $2)
                  AND (SELECT COUNT(*) FROM record o WHERE o.person_id = r.person_id) = 1)
