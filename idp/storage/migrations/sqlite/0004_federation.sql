-- Federation: the systems in which people prove who they are, who is linked to them, by what people are
-- found in the directory, and two people who turned out to be one. Written by the rules of the first file.

CREATE TABLE connector (
    id         TEXT NOT NULL PRIMARY KEY,
    document   TEXT NOT NULL,              -- JSON: Connector, without its secret
    sealed     BLOB,                       -- the secret, encrypted (KEY-03)
    updated_at INTEGER NOT NULL
) STRICT;

-- What was fetched for a connector (metadata, keys): the last good copy, and how fetching goes.
CREATE TABLE connector_document (
    connector   TEXT NOT NULL,
    name        TEXT NOT NULL,             -- as the connector calls it
    origin      TEXT NOT NULL,             -- where the copy came from: that of another place is not believed
    body        BLOB,                      -- absent: there was no good one yet
    version     INTEGER NOT NULL DEFAULT 0,  -- of the body, greater for each other one
    tag         TEXT,                      -- ETag
    tried_at    INTEGER NOT NULL,          -- last fetch, whatever came of it
    good_at     INTEGER,                   -- last fetch that brought a good copy or confirmed it
    valid_until INTEGER,                   -- as the copy itself says
    next_at     INTEGER NOT NULL,          -- not fetched again before
    problem     TEXT,                      -- why the last fetch failed
    warnings    TEXT NOT NULL DEFAULT '[]',  -- JSON: what an operator should look at
    PRIMARY KEY (connector, name)
) STRICT;

-- Who somebody is whom a connector vouches for (FED-01).
CREATE TABLE person_link (
    connector TEXT NOT NULL,
    subject   TEXT NOT NULL,               -- what never changes of them there
    person_id BLOB NOT NULL REFERENCES person (id),
    how       TEXT NOT NULL,               -- matched, proven, created, operator
    detail    TEXT NOT NULL,               -- JSON: why
    linked_at INTEGER NOT NULL,
    used_at   INTEGER,
    PRIMARY KEY (connector, subject)
) STRICT;
CREATE INDEX person_link_by_person ON person_link (person_id);

-- By what people are found. Read out of the documents by the engine itself, so that no writer can forget
-- it and no import is slower by another column on its way.
ALTER TABLE affiliation ADD COLUMN school_record TEXT
    GENERATED ALWAYS AS (detail ->> '$.school_record') VIRTUAL;
CREATE INDEX affiliation_by_school_record ON affiliation (school_record) WHERE school_record IS NOT NULL;
ALTER TABLE person ADD COLUMN academic_mail TEXT
    GENERATED ALWAYS AS (lower(detail ->> '$.contact.academic_mail')) VIRTUAL;
CREATE INDEX person_by_academic_mail ON person (academic_mail) WHERE academic_mail IS NOT NULL;
CREATE INDEX person_by_birth_date ON person (birth_date) WHERE birth_date IS NOT NULL;

-- Two people who turned out to be one: what was the gone one's is the kept one's, until it is undone.
CREATE TABLE person_merge (
    id        BLOB NOT NULL PRIMARY KEY,
    kept_id   BLOB NOT NULL REFERENCES person (id),
    gone_id   BLOB NOT NULL REFERENCES person (id),
    merged_by TEXT NOT NULL,
    reason    TEXT NOT NULL,
    merged_at INTEGER NOT NULL,
    undone_at INTEGER,
    detail    TEXT NOT NULL                -- JSON: what moved
) STRICT;
CREATE UNIQUE INDEX person_merge_open ON person_merge (gone_id) WHERE undone_at IS NULL;
CREATE INDEX person_merge_by_kept ON person_merge (kept_id);
CREATE INDEX person_merge_by_gone ON person_merge (gone_id);

-- What each record says of a person who has several; of a person with one record the person's own row is
-- what it says. The first record that counts speaks: its words are in the person's row.
CREATE TABLE portrait (
    source        TEXT NOT NULL,
    kind          TEXT NOT NULL,
    key           TEXT NOT NULL,
    family_name   TEXT NOT NULL,
    given_name    TEXT NOT NULL,
    search        TEXT NOT NULL,
    birth_date    TEXT,
    mail          TEXT,
    ine           TEXT,
    detail        TEXT NOT NULL,
    academic_mail TEXT GENERATED ALWAYS AS (lower(detail ->> '$.contact.academic_mail')) VIRTUAL,
    PRIMARY KEY (source, key, kind)
) STRICT;
CREATE INDEX portrait_by_ine ON portrait (ine) WHERE ine IS NOT NULL;
CREATE INDEX portrait_by_academic_mail ON portrait (academic_mail) WHERE academic_mail IS NOT NULL;
CREATE INDEX portrait_by_birth_date ON portrait (birth_date) WHERE birth_date IS NOT NULL;

-- 1: the record came to its person by a merge. It speaks after the person's own.
ALTER TABLE record ADD COLUMN adopted INTEGER NOT NULL DEFAULT 0;

-- People whom more than one record made known before: what each of them said is not known apart.
INSERT INTO portrait (source, kind, key, family_name, given_name, search, birth_date, mail, ine, detail)
SELECT r.source, r.kind, r.key, p.family_name, p.given_name, p.search, p.birth_date, p.mail, p.ine, p.detail
  FROM record r
  JOIN person p ON p.id = r.person_id
 WHERE r.person_id IN (SELECT o.person_id FROM record o GROUP BY o.person_id HAVING COUNT(*) > 1);

-- The records that tell of a relation; of several one. Absent: no feed tells of it.
ALTER TABLE relation ADD COLUMN pupil_key TEXT;
ALTER TABLE relation ADD COLUMN guardian_key TEXT;
UPDATE relation
   SET pupil_key = (SELECT MIN(r.key) FROM record r INDEXED BY record_by_person
                     WHERE r.person_id = relation.pupil_id AND r.source = relation.source AND r.kind = 'pupil'),
       guardian_key = (SELECT MIN(r.key) FROM record r INDEXED BY record_by_person
                        WHERE r.person_id = relation.guardian_id AND r.source = relation.source
                          AND r.kind = 'guardian');
