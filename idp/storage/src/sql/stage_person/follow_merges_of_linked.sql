UPDATE stage_person
   SET id = (SELECT m.kept_id FROM person_merge m WHERE m.gone_id = stage_person.id AND m.undone_at IS NULL)
 WHERE home = $1 AND linked = 1
   AND id IN (SELECT m.gone_id FROM person_merge m WHERE m.undone_at IS NULL)
