UPDATE person SET renewed = $3 WHERE id = $1 AND renewed = $2
