INSERT INTO stage_home (key, done) VALUES /*row*/($1, 0)/*end*/ ON CONFLICT (key) DO NOTHING
