-- As each record that counts writes them: a feed spells somebody otherwise than another.
-- `|| ''`, because SQLite would else look through every record of the source for the pupil's.
SELECT DISTINCT rel.guardian_id, rel.legal_rank, rel.source,
       COALESCE(w.family_name, p.family_name) AS family_name, COALESCE(w.given_name, p.given_name) AS given_name,
       COALESCE(w.detail, p.detail) AS detail
  FROM relation rel
  JOIN record child ON child.person_id = rel.pupil_id AND child.source || '' = rel.source
                   AND child.kind IN ('pupil', 'local') AND child.suspended_at IS NULL
  JOIN record g ON g.person_id = rel.guardian_id AND g.kind IN ('guardian', 'local') AND g.suspended_at IS NULL
               AND g.source NOT LIKE 'connector:%'
  JOIN person p ON p.id = rel.guardian_id
  LEFT JOIN portrait w ON w.source = g.source AND w.key = g.key AND w.kind = g.kind
 WHERE rel.pupil_id = $1 AND rel.legal_rank IN (1, 2) AND rel.guardian_id <> rel.pupil_id
 ORDER BY rel.legal_rank, rel.guardian_id, rel.source
