DELETE FROM signing_key WHERE verifies_until <= $1
