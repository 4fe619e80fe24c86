DELETE FROM affiliation WHERE person_id = $1 AND source = $2 AND kind = $3 AND key = $4
