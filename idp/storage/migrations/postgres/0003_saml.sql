-- SAML: metadata that is fetched. Written by the rules of the first file.

-- Where metadata comes from, and how the last fetch went.
CREATE TABLE saml_source (
    name        TEXT NOT NULL PRIMARY KEY,   -- federation:… or service:…
    tag         TEXT,                        -- ETag of the copy
    tried_at    BIGINT NOT NULL,
    good_at     BIGINT,                     -- when the copy was fetched or found unchanged
    valid_until BIGINT,                     -- of the copy
    next_at     BIGINT NOT NULL,             -- not fetched again before
    entities    BIGINT NOT NULL DEFAULT 0,  -- of the copy
    generation  BIGINT NOT NULL DEFAULT 0,  -- of the copy
    problem     TEXT                         -- of the last fetch
);

-- The last good copy, entity by entity.
CREATE TABLE saml_entity (
    source      TEXT NOT NULL REFERENCES saml_source (name),
    name        BYTEA NOT NULL,               -- digest of the entity's name, which may be long
    entity_id   TEXT NOT NULL,
    xml         TEXT NOT NULL,
    digest      TEXT NOT NULL,               -- of xml
    valid_until BIGINT,
    generation  BIGINT NOT NULL,
    PRIMARY KEY (source, name)
);
