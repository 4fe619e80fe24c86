-- An end that comes sooner stays: a key that was revoked meanwhile is not brought back.
UPDATE signing_key SET
    signs_until = CASE WHEN signs_until < $2 THEN signs_until ELSE $2 END,
    verifies_until = CASE WHEN verifies_until < $3 THEN verifies_until ELSE $3 END
WHERE kid = $1
