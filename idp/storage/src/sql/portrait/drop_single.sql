-- Of people who have one record again.
DELETE FROM portrait
 WHERE (source, key, kind) IN (
       SELECT r.source, r.key, r.kind FROM record r
        WHERE r.person_id IN ($1, $2)
          AND (SELECT COUNT(*) FROM record o WHERE o.person_id = r.person_id) = 1)
