-- SAML: the metadata of services as it was fetched, and pseudonyms that were given anew. Written by the
-- rules of the first file.

-- A place that metadata comes from: a federation, the address of a service, an MDQ server.
CREATE TABLE saml_source (
    name        TEXT NOT NULL PRIMARY KEY,
    tag         TEXT,                      -- ETag of the copy, for the next fetch
    tried_at    BIGINT NOT NULL,           -- last fetch, whatever came of it
    good_at     BIGINT,                    -- last fetch that brought a good copy or confirmed it
    valid_until BIGINT,                    -- of the copy, as its signer says
    next_at     BIGINT NOT NULL,           -- not fetched again before
    entities    BIGINT NOT NULL DEFAULT 0,
    problem     TEXT                       -- why the last fetch failed; absent when it did not
);

-- The entities of the last good copy. The key is a digest of source and id: an id of 1,024 characters is
-- too long for an index of PostgreSQL's.
CREATE TABLE saml_entity (
    key         BYTEA NOT NULL PRIMARY KEY,
    source      TEXT NOT NULL REFERENCES saml_source (name) ON DELETE CASCADE,
    entity_id   TEXT NOT NULL,
    xml         TEXT NOT NULL,
    digest      TEXT NOT NULL,             -- of what is kept: unchanged is known at a glance
    valid_until BIGINT                     -- as the entity itself says
);
CREATE INDEX saml_entity_by_source ON saml_entity (source);

-- How often a person's pseudonym was given anew, by sector; JSON, {} for almost everybody. No feed
-- touches it.
ALTER TABLE person ADD COLUMN renewed TEXT NOT NULL DEFAULT '{}';
