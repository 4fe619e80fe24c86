UPDATE import SET state = 'abandoned', finished_at = $1 WHERE state = 'staging'
