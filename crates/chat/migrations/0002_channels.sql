-- Messages of channels on their way in and out, buttons, and tokens of platforms.
CREATE TABLE inbox (
    name   TEXT   NOT NULL PRIMARY KEY,  -- of the delivery, by which a second one is known
    talk   TEXT,
    at     BIGINT NOT NULL,              -- of the event, as the platform tells it
    state  TEXT   NOT NULL,              -- new, done, failed
    sealed TEXT                          -- gone once it is done
);
CREATE INDEX inbox_talk ON inbox (talk, state, at);
CREATE INDEX inbox_state ON inbox (state, at);

CREATE TABLE outbox (
    id     TEXT   NOT NULL PRIMARY KEY,
    talk   TEXT   NOT NULL,
    answer TEXT   NOT NULL,              -- parts of one answer go together
    n      BIGINT NOT NULL,              -- order of sending
    at     BIGINT NOT NULL,
    tries  BIGINT NOT NULL,
    due    BIGINT NOT NULL,              -- not before
    state  TEXT   NOT NULL,              -- pending, sending, sent, failed, unknown, suppressed
    why    TEXT   NOT NULL,              -- in words, for the operator
    remote TEXT,                         -- the platform's name of the message
    sealed TEXT                          -- gone once it is sent
);
CREATE INDEX outbox_talk ON outbox (talk, state, n);
CREATE INDEX outbox_state ON outbox (state, at);
CREATE INDEX outbox_remote ON outbox (remote);

CREATE TABLE button (
    id   TEXT   NOT NULL PRIMARY KEY,    -- nobody can guess it
    talk TEXT   NOT NULL,
    act  TEXT   NOT NULL,                -- the answer that it rates
    at   BIGINT NOT NULL
);
CREATE INDEX button_talk ON button (talk);

CREATE TABLE vault (
    name     TEXT   NOT NULL PRIMARY KEY,
    sealed   TEXT   NOT NULL,
    previous TEXT,
    at       BIGINT NOT NULL,
    lease    BIGINT NOT NULL             -- until when one process may change it
);
