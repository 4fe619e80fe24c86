-- A row that is there already lasts longer and counts as new, so that every node reads it again.
INSERT INTO spent (space, digest, spent_at, expires_at) VALUES /*row*/($1, $2, $3, $4)/*end*/
ON CONFLICT (space, digest) DO UPDATE SET
    spent_at = excluded.spent_at, expires_at = excluded.expires_at
WHERE spent.expires_at < excluded.expires_at
