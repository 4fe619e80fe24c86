SELECT (SELECT COUNT(*) FROM service) + (SELECT COUNT(*) FROM announcement) AS services,
       (SELECT COALESCE(SUM(updated_at), 0) FROM service)
       + (SELECT COALESCE(SUM(updated_at), 0) FROM announcement) AS newest
