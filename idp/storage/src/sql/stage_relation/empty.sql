DELETE FROM stage_relation
