-- What people did, in order; each `link` is the hash of the one before it and of the entry.
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    link BLOB NOT NULL
) STRICT;

-- Places of the chain that the runner signed; only up to one of them may entries be taken out.
CREATE TABLE checkpoints (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    link BLOB NOT NULL,
    signature BLOB NOT NULL,
    -- The runner's word that it took the entries up to here out; absent while they are there.
    pruned BLOB
) STRICT;
