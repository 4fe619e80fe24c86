-- An import that is being applied holds this row while it writes: one of the two waits.
UPDATE lease SET until = until WHERE name = 'import'
