-- PostgreSQL sums BIGINT to NUMERIC, which is no number of ours.
SELECT (SELECT COUNT(*) FROM service) + (SELECT COUNT(*) FROM announcement) AS services,
       CAST((SELECT COALESCE(SUM(updated_at), 0) FROM service)
            + (SELECT COALESCE(SUM(updated_at), 0) FROM announcement) AS BIGINT) AS newest,
       COALESCE((SELECT CAST(value AS BIGINT) FROM setting WHERE name = 'registry-changes'), 0) AS changes
