DELETE FROM stage_person
