-- Whoever else would change the same person waits.
UPDATE person SET search = search WHERE id = $1
