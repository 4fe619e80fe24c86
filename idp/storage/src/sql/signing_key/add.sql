-- Nodes that make the same generation at once: the first stays.
INSERT INTO signing_key
    (kid, purpose, algorithm, generation, sealed, public_key, created_at, signs_from, signs_until, verifies_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
