-- The next delivery's record is another than this one, whatever it says.
UPDATE record SET digest = $2 WHERE person_id = $1 AND kind = 'pupil'
