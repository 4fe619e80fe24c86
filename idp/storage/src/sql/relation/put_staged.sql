-- Two records of one pupil may name the same guardian, and two of one guardian be named: the lesser rank
-- holds.
-- CROSS JOIN is an inner join to PostgreSQL, and to SQLite one in this order: its planner would else read
-- every record of the source for every pupil.
INSERT INTO relation (pupil_id, guardian_id, source, kinship, legal_rank, financial, contact, payment, pupil_key,
                      guardian_key)
SELECT s.id, g.person_id, $1, MIN(sr.kinship), MIN(sr.legal_rank), MAX(sr.financial), MAX(sr.contact), MAX(sr.payment),
       MIN(s.key), MIN(sr.guardian)
  FROM stage_person s
 CROSS JOIN stage_relation sr
 CROSS JOIN record g
 WHERE s.home = $2 AND s.kind = 'pupil' AND s.verdict IN ('new', 'changed', 'same', 'returned')
   AND sr.pupil = s.n
   AND g.source = $1 AND g.key = sr.guardian AND g.kind = 'guardian'
   AND (s.verdict <> 'same'
        OR NOT EXISTS (SELECT 1 FROM relation o
                        WHERE o.pupil_id = s.id AND o.guardian_id = g.person_id AND o.source = $1))
 GROUP BY s.id, g.person_id
ON CONFLICT (pupil_id, guardian_id, source) DO UPDATE SET
    kinship = excluded.kinship, legal_rank = excluded.legal_rank, financial = excluded.financial,
    contact = excluded.contact, payment = excluded.payment, pupil_key = excluded.pupil_key,
    guardian_key = excluded.guardian_key
