DELETE FROM registration_invitation WHERE digest = $1
