-- Keys with which programs of somebody call; what is kept is the hash.
CREATE TABLE api_key (
    hash    TEXT   NOT NULL PRIMARY KEY,
    account TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    made    BIGINT NOT NULL,
    used    BIGINT NOT NULL              -- the day of the last call
);
CREATE INDEX api_key_account ON api_key (account);
