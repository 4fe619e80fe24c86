-- SAML: metadata that is fetched. Written by the rules of the first file.

-- Where metadata comes from, and how the last fetch went.
CREATE TABLE saml_source (
    name        TEXT NOT NULL PRIMARY KEY,   -- federation:… or service:…
    tag         TEXT,                        -- ETag of the copy
    tried_at    INTEGER NOT NULL,
    good_at     INTEGER,                     -- when the copy was fetched or found unchanged
    valid_until INTEGER,                     -- of the copy
    next_at     INTEGER NOT NULL,            -- not fetched again before
    entities    INTEGER NOT NULL DEFAULT 0,  -- of the copy
    generation  INTEGER NOT NULL DEFAULT 0,  -- of the copy
    problem     TEXT                         -- of the last fetch
) STRICT;

-- The last good copy, entity by entity.
CREATE TABLE saml_entity (
    source      TEXT NOT NULL REFERENCES saml_source (name),
    name        BLOB NOT NULL,               -- digest of the entity's name, which may be long
    entity_id   TEXT NOT NULL,
    xml         TEXT NOT NULL,
    digest      TEXT NOT NULL,               -- of xml
    valid_until INTEGER,
    generation  INTEGER NOT NULL,
    PRIMARY KEY (source, name)
) STRICT;
