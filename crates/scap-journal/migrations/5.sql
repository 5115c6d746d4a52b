-- Runs that somebody gave another place in the queue, and those that waited beside them then; the others come later, by number.
CREATE TABLE queue (
    run INTEGER PRIMARY KEY REFERENCES runs (run),
    place INTEGER NOT NULL
) STRICT;
