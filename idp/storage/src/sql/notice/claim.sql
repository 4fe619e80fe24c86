-- The first of each service before the second of any: a service that does not answer holds up none
-- of the others (REL-10). What another node claims meanwhile fails the last condition.
UPDATE notice SET claimed_till = $3, attempts = attempts + 1
WHERE id IN (
    SELECT id FROM (
        SELECT id, next_at, ROW_NUMBER() OVER (PARTITION BY service_id ORDER BY next_at, id) AS place
        FROM notice WHERE next_at <= $1 AND claimed_till <= $1
    ) AS due
    ORDER BY place, next_at, id LIMIT $2
) AND next_at <= $1 AND claimed_till <= $1
RETURNING id, logout, person_id, service_id, document, created_at, attempts
