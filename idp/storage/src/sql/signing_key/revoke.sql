UPDATE signing_key SET signs_until = $2, verifies_until = $2
WHERE kid = $1 AND (verifies_until IS NULL OR verifies_until > $2)
