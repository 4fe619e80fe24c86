SELECT COUNT(*) AS structures FROM stage_structure WHERE verdict IN ('new', 'returned')
