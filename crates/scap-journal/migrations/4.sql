-- What makes damage of the file known: see `seal.rs`, `line.rs` and `mark.rs`. The rows that are there get their values in `schema.rs`.
ALTER TABLE runs ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
-- The run of the same service before it.
ALTER TABLE runs ADD COLUMN earlier INTEGER;
ALTER TABLE runs ADD COLUMN checksum BLOB NOT NULL DEFAULT x'';
ALTER TABLE requests ADD COLUMN checksum BLOB NOT NULL DEFAULT x'';
DROP INDEX runs_of_service;

-- The newest run of each service.
CREATE TABLE services (
    service TEXT PRIMARY KEY,
    newest INTEGER NOT NULL REFERENCES runs (run)
) STRICT, WITHOUT ROWID;

-- A hash over all rows of each small table.
CREATE TABLE seals (
    name TEXT PRIMARY KEY,
    seal BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- How often the journal was written; one row.
CREATE TABLE commits (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO commits (only, number) VALUES (1, 0);

-- One tree instead of a table and its index, which could contradict each other.
ALTER TABLE locks RENAME TO unsealed_locks;
CREATE TABLE locks (
    key TEXT PRIMARY KEY,
    -- Absent for a lock that a person took by hand.
    run INTEGER REFERENCES runs (run),
    person TEXT NOT NULL,
    reason TEXT,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO locks SELECT key, run, person, reason, since FROM unsealed_locks;
DROP TABLE unsealed_locks;
