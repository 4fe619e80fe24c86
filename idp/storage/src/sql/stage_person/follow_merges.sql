-- A record may have come to another person since it was looked for.
UPDATE stage_person
   SET id = (SELECT r.person_id FROM record r
              WHERE r.source = $1 AND r.key = stage_person.key AND r.kind = stage_person.kind)
 WHERE home = $2 AND known = 1
   AND id IN (SELECT m.kept_id FROM person_merge m UNION ALL SELECT m.gone_id FROM person_merge m)
