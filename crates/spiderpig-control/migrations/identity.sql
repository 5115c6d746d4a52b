-- People who have signed in, enrolled a factor or were banned.
CREATE TABLE people (
    person TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    banned_by TEXT,
    banned_at INTEGER,
    -- Absent while banned for an end to be lifted by hand.
    banned_until INTEGER,
    ban_reason TEXT
) STRICT, WITHOUT ROWID;

-- Second factors; `secret` is sealed with identity.key.
CREATE TABLE factors (
    factor INTEGER PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (person),
    kind TEXT NOT NULL,
    since INTEGER NOT NULL,
    secret BLOB NOT NULL,
    -- The last step of a TOTP factor that was accepted: no code of it or of an earlier one counts again.
    last_step INTEGER NOT NULL
) STRICT;
CREATE INDEX factors_of_person ON factors (person);

-- Who is signed in. A session keeps its id, and gets another token whenever it may do more; `token` is a hash.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    token BLOB NOT NULL UNIQUE,
    person TEXT NOT NULL REFERENCES people (person),
    ends INTEGER NOT NULL,
    body TEXT NOT NULL,
    -- Keyed hash of the other columns.
    checksum BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_person ON sessions (person);

-- Wrong codes, of each person and each address, while they matter.
CREATE TABLE failures (
    subject TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX failures_by_last ON failures (last);

-- Keyed hashes over all rows of people and of factors.
CREATE TABLE identity_seals (
    name TEXT PRIMARY KEY,
    seal BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- How often this was written, and how often sessions were ended by other than time; one row.
CREATE TABLE identity_counts (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    commits INTEGER NOT NULL,
    generation INTEGER NOT NULL
) STRICT;
INSERT INTO identity_counts (only, commits, generation) VALUES (1, 0, 0);
