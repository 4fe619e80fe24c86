SELECT pupil_id, guardian_id, source, kinship, legal_rank, financial, contact, payment, pupil_key, guardian_key
  FROM relation
 WHERE pupil_id = $1 AND guardian_id = $2 AND source = $3
