SELECT key, uai, name FROM stage_structure WHERE verdict IN ('new', 'changed', 'same', 'returned') OR known = 1 ORDER BY n
