INSERT INTO stage_affiliation (person, structure, profile, detail) VALUES /*row*/($1, $2, $3, $4)/*end*/
