-- Keys, in a database of their own: who deletes a key erases what it sealed, in every copy of the other
-- database. Copies of this one are overwritten, never collected.
CREATE TABLE key (
    name  TEXT   NOT NULL PRIMARY KEY,
    value TEXT   NOT NULL,
    made  BIGINT NOT NULL
);
