INSERT INTO stage_home (key, done)
SELECT DISTINCT home, 0 FROM stage_person WHERE verdict IN ('new', 'changed', 'same', 'returned')
ON CONFLICT (key) DO NOTHING
