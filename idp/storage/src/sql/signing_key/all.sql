SELECT kid, purpose, algorithm, generation, sealed, public_key, created_at, signs_from, signs_until,
    verifies_until
FROM signing_key WHERE purpose = $1 ORDER BY algorithm, generation
