SELECT (SELECT COUNT(*) FROM service) + (SELECT COUNT(*) FROM announcement) AS services,
       -- PostgreSQL adds bigints up to a numeric.
       CAST((SELECT COALESCE(SUM(updated_at), 0) FROM service)
            + (SELECT COALESCE(SUM(updated_at), 0) FROM announcement) AS BIGINT) AS newest
