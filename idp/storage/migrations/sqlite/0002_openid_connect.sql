-- OpenID Connect: what people and clients have allowed, consents, signing keys, what clients prove
-- themselves with, and invitations to register. Written by the rules of the first file.

-- What a person, or a client for itself, has allowed a client. A code, a device code, a family of
-- refresh tokens is a state of it.
CREATE TABLE oidc_authorization (
    id                BLOB NOT NULL PRIMARY KEY,  -- digest of the code or device code it began as
    service_id        TEXT NOT NULL,
    person_id         BLOB,                -- absent: the client for itself, or nobody yet
    session           BLOB,                -- digest of the session it came from
    parent            BLOB,                -- the one it was derived from (RFC 8693)
    user_code         BLOB,                -- digest of what is typed (RFC 8628), until the answer
    state             TEXT NOT NULL,       -- pending, granted, redeemed, refused, revoked
    offline           INTEGER NOT NULL,    -- outlives the session
    generation        INTEGER NOT NULL DEFAULT 0,  -- of the refresh token
    access_generation INTEGER NOT NULL DEFAULT 0,  -- access tokens of those before are dead
    repeats           INTEGER NOT NULL DEFAULT 0,  -- how often the former refresh token came again
    detail            TEXT NOT NULL,       -- JSON: what exactly was allowed
    created_at        INTEGER NOT NULL,
    used_at           INTEGER,             -- last redeemed, rotated or revoked
    rotated_at        INTEGER,
    expires_at        INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX oidc_authorization_by_user_code ON oidc_authorization (user_code)
    WHERE user_code IS NOT NULL;
CREATE INDEX oidc_authorization_by_session ON oidc_authorization (session) WHERE session IS NOT NULL;
CREATE INDEX oidc_authorization_by_person ON oidc_authorization (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX oidc_authorization_by_service ON oidc_authorization (service_id);
CREATE INDEX oidc_authorization_by_expiry ON oidc_authorization (expires_at);

-- What a person has agreed that a service may receive, so that they are not asked again.
CREATE TABLE consent (
    person_id  BLOB NOT NULL REFERENCES person (id),
    service_id TEXT NOT NULL,
    detail     TEXT NOT NULL,              -- JSON: what was agreed to
    given_at   INTEGER NOT NULL,
    PRIMARY KEY (person_id, service_id)
) STRICT;
CREATE INDEX consent_by_service ON consent (service_id);

-- Keys the hub signs with (KEY-02): published, signing, verifying only, gone.
CREATE TABLE signing_key (
    kid            TEXT NOT NULL PRIMARY KEY,
    purpose        TEXT NOT NULL,          -- one key, one purpose (KEY-01)
    algorithm      TEXT NOT NULL,
    generation     INTEGER NOT NULL,
    sealed         BLOB NOT NULL,          -- the private key, encrypted (KEY-03)
    public_key     TEXT NOT NULL,          -- JSON: the JWK
    created_at     INTEGER NOT NULL,
    signs_from     INTEGER NOT NULL,
    signs_until    INTEGER,                -- absent: it has no successor yet
    verifies_until INTEGER,
    UNIQUE (purpose, algorithm, generation)
) STRICT;

-- What clients prove themselves with. A service may have several of a kind, while one replaces another.
CREATE TABLE client_credential (
    service_id TEXT NOT NULL,
    kind       TEXT NOT NULL,              -- secret, registration (RFC 7592)
    digest     BLOB NOT NULL,
    sealed     BLOB,                       -- the secret, encrypted, for client_secret_jwt
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (service_id, kind, digest)
) STRICT;

-- Initial access tokens (RFC 7591 section 3): who holds one may register a client.
CREATE TABLE registration_invitation (
    digest     BLOB NOT NULL PRIMARY KEY,
    label      TEXT NOT NULL,              -- for whom, in an operator's words
    detail     TEXT NOT NULL,              -- JSON: what the client may be
    uses_left  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
