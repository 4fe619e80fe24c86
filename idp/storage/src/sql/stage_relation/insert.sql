INSERT INTO stage_relation (pupil, guardian, kinship, legal_rank, financial, contact, payment)
VALUES /*row*/($1, $2, $3, $4, $5, $6, $7)/*end*/
