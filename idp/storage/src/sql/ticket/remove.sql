DELETE FROM ticket WHERE space = $1 AND digest = $2
