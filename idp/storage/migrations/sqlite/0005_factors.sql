-- Second factors: what somebody proves on top of the first, and the codes for the day when nothing else is at
-- hand. Written by the rules of the first file.

CREATE TABLE factor (
    id         BLOB NOT NULL PRIMARY KEY,
    person_id  BLOB NOT NULL REFERENCES person (id),
    kind       TEXT NOT NULL,              -- totp
    name       TEXT NOT NULL,              -- as the person calls it
    sealed     BLOB NOT NULL,              -- its secret, encrypted (MFA-07)
    step       INTEGER NOT NULL,           -- the last step of time that was accepted: none before it is again
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX factor_by_person ON factor (person_id);

CREATE TABLE recovery_code (
    person_id  BLOB NOT NULL REFERENCES person (id),
    digest     BLOB NOT NULL,              -- keyed, and of this person alone (MFA-09)
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    PRIMARY KEY (person_id, digest)
) STRICT;
