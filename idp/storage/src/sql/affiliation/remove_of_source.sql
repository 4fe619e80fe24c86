DELETE FROM affiliation
 WHERE source = $1 AND person_id IN (SELECT r.person_id FROM record r WHERE r.source = $1)
