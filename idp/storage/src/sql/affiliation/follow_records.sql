UPDATE affiliation SET person_id = $2
 WHERE person_id = $1
   AND EXISTS (SELECT 1 FROM record r
                WHERE r.source = affiliation.source AND r.kind = affiliation.kind AND r.key = affiliation.key
                  AND r.person_id = $2)
