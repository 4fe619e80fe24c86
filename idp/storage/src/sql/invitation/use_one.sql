-- One statement: as many win as there are uses (OIDC-21).
UPDATE registration_invitation SET uses_left = uses_left - 1
WHERE digest = $1 AND uses_left > 0 AND expires_at > $2
RETURNING digest, label, detail, uses_left, created_at, expires_at
