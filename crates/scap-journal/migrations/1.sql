-- One row a run; phase and outcome repeat what its events say, so that lists need no fold.
CREATE TABLE runs (
    run INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    person TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    phase TEXT NOT NULL,
    outcome TEXT,
    -- The lease: every append names the epoch it was written under.
    epoch INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    lease_until INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX runs_of_service ON runs (service, run);

CREATE TABLE events (
    run INTEGER NOT NULL REFERENCES runs (run),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    link BLOB NOT NULL,
    PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

-- What people ask of a run that somebody else carries out.
CREATE TABLE requests (
    request INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs (run),
    person TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    -- Absent until it was taken in; empty when it was granted; else why not.
    reply TEXT
) STRICT;
CREATE INDEX open_requests ON requests (run, request) WHERE reply IS NULL;

CREATE TABLE locks (
    key TEXT PRIMARY KEY,
    -- Absent for a lock that a person took by hand.
    run INTEGER REFERENCES runs (run),
    person TEXT NOT NULL,
    reason TEXT,
    since INTEGER NOT NULL
) STRICT;

CREATE TABLE lock_waiters (
    key TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs (run),
    since INTEGER NOT NULL,
    PRIMARY KEY (key, run)
) STRICT, WITHOUT ROWID;

-- At most one row.
CREATE TABLE freeze (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    person TEXT NOT NULL,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER
) STRICT;
