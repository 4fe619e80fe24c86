INSERT INTO stage_person (n, file, line, kind, key, id, known, linked, home, family_name, given_name, search,
                          birth_date, mail, ine, detail, digest, verdict, reason)
VALUES /*row*/($1, $2, $3, $4, $5, $6, 0, 0, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)/*end*/
