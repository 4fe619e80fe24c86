-- The fence: whoever lost the lease to another import writes nothing any more.
UPDATE lease SET until = $2 WHERE name = 'import' AND holder = $1
