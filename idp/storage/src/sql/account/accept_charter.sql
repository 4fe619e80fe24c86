UPDATE account SET charter_version = $2, charter_at = $3 WHERE person_id = $1
