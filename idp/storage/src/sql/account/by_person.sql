SELECT a.person_id, a.login, a.password_hash, a.password_set_at, a.activation_digest, a.activation_until,
       a.activated_at, a.charter_version, a.charter_at, a.locked_at, a.locked_because, a.created_at
  FROM account a
 WHERE a.person_id = $1
