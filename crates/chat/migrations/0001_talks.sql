-- Conversations. What a person typed or may be known by stands in "sealed" alone, under the key of its
-- conversation, which is kept in another database (see migrations/keys.sql). Times are milliseconds.
-- Both SQLite and PostgreSQL read this file.
CREATE TABLE talk (
    id      TEXT   NOT NULL PRIMARY KEY,
    channel TEXT   NOT NULL,
    who     TEXT   NOT NULL,             -- keyed hash of the address on its channel
    profile TEXT   NOT NULL,
    mode    TEXT   NOT NULL,             -- bot, waiting, human, closed
    version BIGINT NOT NULL,             -- counts the changes of mode
    opened  BIGINT NOT NULL,
    touched BIGINT NOT NULL,
    waiting BIGINT,                      -- since when a person is waited for
    officer TEXT,                        -- who has taken it over
    officer_at BIGINT,                   -- when that officer last said something
    sealed  TEXT   NOT NULL              -- the address; contact details, once they are left
);
CREATE INDEX talk_who ON talk (channel, who, touched);
CREATE INDEX talk_touched ON talk (touched);
CREATE INDEX talk_waiting ON talk (mode, waiting);

CREATE TABLE message (
    id     TEXT   NOT NULL PRIMARY KEY,  -- of an answer: its answer_id
    talk   TEXT   NOT NULL,
    n      BIGINT NOT NULL,              -- from 1 within its conversation
    at     BIGINT NOT NULL,
    author TEXT   NOT NULL,              -- person, assistant, officer, notice
    client TEXT,                         -- keyed hash of the name that the person's program gave the question
    sealed TEXT   NOT NULL
);
CREATE UNIQUE INDEX message_n ON message (talk, n);
CREATE UNIQUE INDEX message_client ON message (talk, client, author);

CREATE TABLE feedback (
    id      TEXT   NOT NULL PRIMARY KEY,
    answer  TEXT   NOT NULL,
    talk    TEXT,
    at      BIGINT NOT NULL,
    kind    TEXT   NOT NULL,             -- rating, report
    value   BIGINT NOT NULL,             -- 1 good, -1 bad, 0 none given
    reasons TEXT   NOT NULL,             -- names from a closed list, with commas
    sealed  TEXT   NOT NULL              -- what was written beside it
);
CREATE INDEX feedback_answer ON feedback (answer);
CREATE INDEX feedback_talk ON feedback (talk);
