SELECT connector, name, origin, version, tag, tried_at, good_at, valid_until, next_at, problem, warnings
  FROM connector_document
 ORDER BY connector, name
