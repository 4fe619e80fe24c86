-- Every change of the registry comes by here first. The row is also the lock by which changes wait for
-- one another, so that no two of them leave the same count.
INSERT INTO setting (name, value) VALUES ('registry-changes', '1')
ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)
