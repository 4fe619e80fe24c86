-- The directory, the accounts, the registry and the hub's own state.
-- The two engines have one file each, compared by a test: same tables,
-- columns and nullability. Instants are milliseconds since 1970 (INTEGER/BIGINT), flags 0 or 1,
-- ids UUIDs (16-byte BLOB / UUID), documents JSON text.

CREATE TABLE structure (
    id         BLOB NOT NULL PRIMARY KEY,
    source     TEXT NOT NULL,              -- who delivers it: an academy's feed, 'local'
    key        TEXT NOT NULL,              -- its key there (ENTStructureJointure)
    uai        TEXT,
    kind       TEXT NOT NULL,              -- school, authority, academy
    name       TEXT NOT NULL,
    detail     TEXT NOT NULL,              -- JSON: StructureDetail
    digest     BLOB NOT NULL,            -- of everything delivered: unchanged is known at a glance
    gone_at    INTEGER,                       -- first complete feed without it
    UNIQUE (source, key)
) STRICT;
CREATE INDEX structure_by_uai ON structure (uai);

CREATE TABLE person (
    id          BLOB NOT NULL PRIMARY KEY,
    family_name TEXT NOT NULL,
    given_name  TEXT NOT NULL,
    search      TEXT NOT NULL,             -- folded names, for search and comparison
    birth_date  TEXT,                      -- ISO 8601
    mail        TEXT,
    ine         TEXT,
    detail      TEXT NOT NULL              -- JSON: the rest of names, contact, further attributes
) STRICT;
CREATE INDEX person_by_search ON person (search);
CREATE INDEX person_by_ine ON person (ine) WHERE ine IS NOT NULL;

-- A person as one source knows them. (source, kind, key) is what a feed identifies by; the bare key
-- never is (IMP-06).
CREATE TABLE record (
    source       TEXT NOT NULL,
    kind         TEXT NOT NULL,            -- pupil, guardian, staff, local
    key          TEXT NOT NULL,
    person_id    BLOB NOT NULL REFERENCES person (id),
    home_id      BLOB,                    -- the school by which shares of leavers are counted
    digest       BLOB NOT NULL,
    absences     INTEGER NOT NULL DEFAULT 0,  -- complete feeds in a row that lacked it
    gone_at      INTEGER,                     -- first of them
    suspended_at INTEGER,                     -- enough of them: its affiliations no longer count (IMP-04)
    PRIMARY KEY (source, key, kind)
) STRICT;
CREATE INDEX record_by_person ON record (person_id);
CREATE INDEX record_by_home ON record (home_id);

CREATE TABLE affiliation (
    person_id    BLOB NOT NULL REFERENCES person (id),
    structure_id BLOB NOT NULL REFERENCES structure (id),
    profile      TEXT NOT NULL,            -- National_…
    source       TEXT NOT NULL,
    kind         TEXT NOT NULL,            -- with source and key: the record it comes by
    key          TEXT NOT NULL,
    detail       TEXT NOT NULL,            -- JSON: AffiliationDetail
    PRIMARY KEY (person_id, structure_id, profile, source, kind, key)
) STRICT;
CREATE INDEX affiliation_by_structure ON affiliation (structure_id, profile);

-- Who answers for which pupil, as the pupil's record says.
CREATE TABLE relation (
    pupil_id    BLOB NOT NULL REFERENCES person (id),
    guardian_id BLOB NOT NULL REFERENCES person (id),
    source      TEXT NOT NULL,
    kinship     TEXT NOT NULL,             -- code as delivered
    legal_rank  INTEGER NOT NULL,             -- 1 or 2: parental authority; 0: none, and no access
    financial   INTEGER NOT NULL,
    contact     INTEGER NOT NULL,
    payment     INTEGER NOT NULL,
    PRIMARY KEY (pupil_id, guardian_id, source)
) STRICT;
CREATE INDEX relation_by_guardian ON relation (guardian_id);

CREATE TABLE account (
    person_id          BLOB NOT NULL PRIMARY KEY REFERENCES person (id),
    login              TEXT NOT NULL,      -- the one shown; every one ever had is in login_name
    password_hash      TEXT,               -- PHC string; absent until activation
    password_set_at    INTEGER,
    activation_digest  BLOB,             -- keyed digest of the code
    activation_sealed  BLOB,             -- the code, encrypted, for the printed sheets
    activation_until   INTEGER,
    activated_at       INTEGER,
    charter_version    TEXT,
    charter_at         INTEGER,
    locked_at          INTEGER,
    locked_because     TEXT,
    created_at         INTEGER NOT NULL
) STRICT;

-- Every login ever given. Rows are never deleted: a login is never given to somebody else (ADM-13).
CREATE TABLE login_name (
    login     TEXT NOT NULL PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES person (id),
    since     INTEGER NOT NULL
) STRICT;
CREATE INDEX login_name_by_person ON login_name (person_id);

-- The next number for `prenom.nom`.
CREATE TABLE login_base (
    base  TEXT NOT NULL PRIMARY KEY,
    given INTEGER NOT NULL                    -- how many have been handed out
) STRICT;

CREATE TABLE service (
    id         TEXT NOT NULL PRIMARY KEY,
    document   TEXT NOT NULL,              -- JSON: Service
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE announcement (
    id         TEXT NOT NULL PRIMARY KEY,
    document   TEXT NOT NULL,              -- JSON: Announcement
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE favourite (
    person_id  BLOB NOT NULL REFERENCES person (id),
    service_id TEXT NOT NULL,
    since      INTEGER NOT NULL,
    PRIMARY KEY (person_id, service_id)
) STRICT;

-- What each service received of whom, and when: for the person's own eyes.
CREATE TABLE visit (
    person_id  BLOB NOT NULL REFERENCES person (id),
    service_id TEXT NOT NULL,
    first_at   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    times      INTEGER NOT NULL,
    attributes TEXT NOT NULL,              -- JSON: names of the attributes last released
    PRIMARY KEY (person_id, service_id)
) STRICT;

-- Short-lived and single-use things, by key space and digest. Expired rows are refused at once and
-- swept later.
CREATE TABLE ticket (
    space      TEXT NOT NULL,
    digest     BLOB NOT NULL,
    value      BLOB NOT NULL,
    owner      TEXT,                       -- whose: a person, or the session it dies with
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (space, digest)
) STRICT;
CREATE INDEX ticket_by_owner ON ticket (space, owner);
CREATE INDEX ticket_by_expiry ON ticket (expires_at);

-- Tickets redeemed and sessions ended while tickets live in Redis: Redis may forget or roll back,
-- these rows do not (AVL-05).
CREATE TABLE spent (
    space      TEXT NOT NULL,
    digest     BLOB NOT NULL,
    spent_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (space, digest)
) STRICT;
CREATE INDEX spent_by_expiry ON spent (expires_at);
CREATE INDEX spent_by_time ON spent (space, spent_at);

-- Counters that throttle.
CREATE TABLE counter (
    name       TEXT NOT NULL PRIMARY KEY,
    hits       INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX counter_by_expiry ON counter (expires_at);

-- Logout notices owed to services: written with the logout, delivered until taken or a day has gone.
CREATE TABLE notice (
    id           BLOB NOT NULL PRIMARY KEY,
    logout       TEXT NOT NULL,            -- digest of the session: groups the notices of one logout
    person_id    BLOB NOT NULL,
    service_id   TEXT NOT NULL,
    document     TEXT NOT NULL,            -- JSON: what to send where
    created_at   INTEGER NOT NULL,
    next_at      INTEGER,                     -- absent once delivered or given up
    claimed_till INTEGER NOT NULL DEFAULT 0,  -- a node is delivering it
    attempts     INTEGER NOT NULL DEFAULT 0,
    delivered_at INTEGER,
    last_error   TEXT
) STRICT;
CREATE INDEX notice_by_next ON notice (next_at);
CREATE INDEX notice_by_logout ON notice (logout);

-- One background task, one node at a time.
CREATE TABLE lease (
    name   TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until  INTEGER NOT NULL
) STRICT;

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- What the codes in people's and structures' documents mean: subjects and training programmes (MEF).
CREATE TABLE nomenclature (
    source  TEXT NOT NULL,
    kind    TEXT NOT NULL,                 -- subject, mef
    key     TEXT NOT NULL,
    label   TEXT NOT NULL,
    detail  TEXT NOT NULL,                 -- JSON: parent code and the rest
    digest  BLOB NOT NULL,
    gone_at INTEGER,
    PRIMARY KEY (source, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE import (
    id          BLOB NOT NULL PRIMARY KEY,
    source      TEXT NOT NULL,
    set_name    TEXT NOT NULL,
    set_date    TEXT NOT NULL,             -- ISO 8601: an older set than the last is refused (IMP-05)
    state       TEXT NOT NULL,             -- staging, applying, done, refused, abandoned
    started_at  INTEGER NOT NULL,
    finished_at INTEGER,
    report      TEXT NOT NULL              -- JSON
) STRICT;
CREATE INDEX import_by_source ON import (source, set_date);

-- The delivery being imported, before it touches the directory. Emptied afterwards; kept through a crash
-- once it is being applied, so that what was begun is finished. `n` is the place in the delivery.
-- A verdict is new, changed, same or returned; refused: the directory keeps what it had; outside:
-- no part of this region, as if it had not been delivered.
CREATE TABLE stage_file (
    n    INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE stage_structure (
    n       INTEGER NOT NULL PRIMARY KEY,
    file    INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    key     TEXT NOT NULL,
    id      BLOB NOT NULL,
    known   INTEGER NOT NULL,             -- the directory has it
    uai     TEXT,
    name    TEXT NOT NULL,
    detail  TEXT NOT NULL,
    digest  BLOB NOT NULL,
    pseudo  INTEGER NOT NULL,             -- a school only if pupils are attached to it
    verdict TEXT NOT NULL,
    reason  TEXT
) STRICT;
CREATE INDEX stage_structure_by_key ON stage_structure (key);

CREATE TABLE stage_nomenclature (
    n       INTEGER NOT NULL PRIMARY KEY,
    file    INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    label   TEXT NOT NULL,
    detail  TEXT NOT NULL,
    digest  BLOB NOT NULL,
    verdict TEXT NOT NULL,
    reason  TEXT
) STRICT;
CREATE INDEX stage_nomenclature_by_key ON stage_nomenclature (kind, key);

CREATE TABLE stage_person (
    n           INTEGER NOT NULL PRIMARY KEY,
    file        INTEGER NOT NULL,
    line        INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    key         TEXT NOT NULL,
    id          BLOB NOT NULL,          -- of the person it will be, or already is
    known       INTEGER NOT NULL,         -- the directory has this record
    linked      INTEGER NOT NULL,         -- a new record of a person the directory has
    home        TEXT NOT NULL,             -- key of the school it is applied with
    family_name TEXT NOT NULL,
    given_name  TEXT NOT NULL,
    search      TEXT NOT NULL,
    birth_date  TEXT,
    mail        TEXT,
    ine         TEXT,
    detail      TEXT NOT NULL,
    digest      BLOB NOT NULL,
    verdict     TEXT NOT NULL,
    reason      TEXT
) STRICT;
CREATE INDEX stage_person_by_key ON stage_person (key);
CREATE INDEX stage_person_by_home ON stage_person (home);

CREATE TABLE stage_affiliation (
    person    INTEGER NOT NULL,           -- n of the person's row
    structure TEXT NOT NULL,
    profile   TEXT NOT NULL,
    detail    TEXT NOT NULL,
    PRIMARY KEY (person, structure, profile)
) STRICT, WITHOUT ROWID;

CREATE TABLE stage_relation (
    pupil      INTEGER NOT NULL,          -- n of the pupil's row
    guardian   TEXT NOT NULL,
    kinship    TEXT NOT NULL,
    legal_rank INTEGER NOT NULL,
    financial  INTEGER NOT NULL,
    contact    INTEGER NOT NULL,
    payment    INTEGER NOT NULL,
    PRIMARY KEY (pupil, guardian)
) STRICT, WITHOUT ROWID;
CREATE INDEX stage_relation_by_guardian ON stage_relation (guardian);

-- The schools of the delivery and of the directory, and which of them are done.
CREATE TABLE stage_home (
    key  TEXT NOT NULL PRIMARY KEY,
    done INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
