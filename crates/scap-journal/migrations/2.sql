-- What a run brought that was rolled back as bad, until a person lifts the bar.
CREATE TABLE bars (
    service TEXT NOT NULL,
    -- A commit, an image, or the digest of a manifest.
    version TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs (run),
    since INTEGER NOT NULL,
    -- Absent while it is in force.
    lifted_by TEXT,
    lifted_at INTEGER,
    lifted_why TEXT,
    PRIMARY KEY (service, version, run)
) STRICT, WITHOUT ROWID;
