INSERT INTO stage_nomenclature (n, file, line, kind, key, label, detail, digest, verdict, reason)
VALUES /*row*/($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)/*end*/
