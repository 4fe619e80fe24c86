INSERT INTO relation (pupil_id, guardian_id, source, kinship, legal_rank, financial, contact, payment)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (pupil_id, guardian_id, source) DO UPDATE SET
    kinship = excluded.kinship, legal_rank = excluded.legal_rank, financial = excluded.financial,
    contact = excluded.contact, payment = excluded.payment
