INSERT INTO login_base (base, given)
VALUES /*row*/($1, $2)/*end*/
ON CONFLICT (base) DO UPDATE SET given = login_base.given + excluded.given
RETURNING base, given
