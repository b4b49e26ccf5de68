-- People who sign in. Secrets of second factors and tokens of the identity provider are sealed under a key of the
-- installation, which lies in another database. Times are milliseconds. Both SQLite and PostgreSQL read this file.
CREATE TABLE account (
    id       TEXT   NOT NULL PRIMARY KEY,
    origin   TEXT   NOT NULL,            -- local, or the issuer of the identity provider
    subject  TEXT   NOT NULL,            -- the name they sign in with, or the provider's name for them
    name     TEXT   NOT NULL,            -- as it stands in the audit log
    full_name TEXT  NOT NULL,
    roles    TEXT   NOT NULL,            -- with commas
    groups   TEXT   NOT NULL,            -- with commas
    password TEXT,                       -- argon2id
    short    BIGINT NOT NULL,            -- 1: the password is enough beside a second factor only
    fresh    BIGINT NOT NULL,            -- 1: somebody else has set the password
    password_at BIGINT NOT NULL,
    second   TEXT,                       -- sealed secret of the second factor
    step     BIGINT NOT NULL,            -- the last step of it that was used
    made     BIGINT NOT NULL,
    active   BIGINT NOT NULL,            -- last sign-in, or when it was opened again
    failed   BIGINT NOT NULL,
    locked   BIGINT NOT NULL,            -- until when
    closed   BIGINT NOT NULL             -- 1: by an administrator
);
CREATE UNIQUE INDEX account_subject ON account (origin, subject);
CREATE UNIQUE INDEX account_name ON account (name);

CREATE TABLE old_password (
    account  TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    password TEXT   NOT NULL
);
CREATE INDEX old_password_account ON old_password (account, at);

CREATE TABLE session (
    hash    TEXT   NOT NULL PRIMARY KEY, -- of the token that the browser holds
    account TEXT   NOT NULL,
    stage   TEXT   NOT NULL,             -- code, password, enrol, in
    made    BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    host    TEXT   NOT NULL,             -- the address it was opened from
    sealed  TEXT                         -- what the stage or the provider needs
);
CREATE INDEX session_account ON session (account);

CREATE TABLE pending (
    hash   TEXT   NOT NULL PRIMARY KEY,  -- of the token that the browser holds while it is away at the provider
    at     BIGINT NOT NULL,
    sealed TEXT   NOT NULL
);

CREATE TABLE permit (
    id      TEXT   NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    name    TEXT   NOT NULL,             -- who wants it
    what    TEXT   NOT NULL,
    reason  TEXT   NOT NULL,
    giver   TEXT,                        -- who gave it
    given   BIGINT
);
CREATE INDEX permit_what ON permit (what, name);

CREATE TABLE audit (
    n      BIGINT NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL,
    name   TEXT   NOT NULL,
    host   TEXT   NOT NULL,
    did    TEXT   NOT NULL,
    what   TEXT   NOT NULL,
    reason TEXT   NOT NULL,
    hash   TEXT   NOT NULL               -- keyed hash over this row and the hash of the one before
);
