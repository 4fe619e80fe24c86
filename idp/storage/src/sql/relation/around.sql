SELECT pupil_id, guardian_id, source, kinship, legal_rank, financial, contact, payment, pupil_key, guardian_key
  FROM relation
 WHERE pupil_id = $1 OR guardian_id = $1
 ORDER BY pupil_id, guardian_id, source
