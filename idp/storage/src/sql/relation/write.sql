INSERT INTO relation (pupil_id, guardian_id, source, kinship, legal_rank, financial, contact, payment, pupil_key,
                      guardian_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (pupil_id, guardian_id, source) DO UPDATE SET
    kinship = excluded.kinship, legal_rank = excluded.legal_rank, financial = excluded.financial,
    contact = excluded.contact, payment = excluded.payment, pupil_key = excluded.pupil_key,
    guardian_key = excluded.guardian_key
