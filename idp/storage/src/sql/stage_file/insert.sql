INSERT INTO stage_file (n, name) VALUES /*row*/($1, $2)/*end*/ ON CONFLICT (n) DO NOTHING
