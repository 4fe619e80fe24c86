SELECT digest, label, detail, uses_left, created_at, expires_at FROM registration_invitation
ORDER BY created_at DESC, digest
