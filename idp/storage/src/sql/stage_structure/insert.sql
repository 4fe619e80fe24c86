INSERT INTO stage_structure (n, file, line, key, id, known, uai, name, detail, digest, pseudo, verdict, reason)
VALUES /*row*/($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10, $11, $12)/*end*/
