-- Questions that found no answer, once somebody looks after them.
CREATE TABLE gap (
    id     TEXT   NOT NULL PRIMARY KEY,
    state  TEXT   NOT NULL,             -- open, taken, closed
    owner  TEXT   NOT NULL,
    note   TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    sealed TEXT   NOT NULL              -- the question
);
-- Figures and gaps look at the latest answers.
CREATE INDEX message_at ON message (author, at);
