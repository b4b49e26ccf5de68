-- Conversations that stand on a desk elsewhere too, and attempts to look a case up.
CREATE TABLE link (
    talk    TEXT   NOT NULL PRIMARY KEY,
    remote  TEXT   NOT NULL,             -- the conversation there
    contact TEXT   NOT NULL,             -- the person there: sealed
    state   TEXT   NOT NULL,             -- new, open, closed
    sent    BIGINT NOT NULL              -- number of the last message that was brought there
);
CREATE INDEX link_remote ON link (remote);

CREATE TABLE attempt (
    id   TEXT   NOT NULL PRIMARY KEY,
    who  TEXT   NOT NULL,                -- keyed hash: of a conversation, of a case
    at   BIGINT NOT NULL
);
CREATE INDEX attempt_who ON attempt (who, at);
