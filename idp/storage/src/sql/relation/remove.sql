DELETE FROM relation WHERE pupil_id = $1 AND guardian_id = $2 AND source = $3
