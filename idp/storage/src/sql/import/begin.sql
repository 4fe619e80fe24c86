INSERT INTO import (id, source, set_name, set_date, state, started_at, report) VALUES ($1, $2, $3, $4, 'staging', $5, '{}')
