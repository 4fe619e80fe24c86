-- Second factors: what somebody proves on top of the first, and the codes for the day when nothing else is at
-- hand. Written by the rules of the first file.

CREATE TABLE factor (
    id         UUID NOT NULL PRIMARY KEY,
    person_id  UUID NOT NULL REFERENCES person (id),
    kind       TEXT NOT NULL,              -- totp
    name       TEXT NOT NULL,              -- as the person calls it
    sealed     BYTEA NOT NULL,             -- its secret, encrypted (MFA-07)
    step       BIGINT NOT NULL,            -- the last step of time that was accepted: none before it is again
    created_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX factor_by_person ON factor (person_id);

CREATE TABLE recovery_code (
    person_id  UUID NOT NULL REFERENCES person (id),
    digest     BYTEA NOT NULL,             -- keyed, and of this person alone (MFA-09)
    created_at BIGINT NOT NULL,
    used_at    BIGINT,
    PRIMARY KEY (person_id, digest)
);
