-- Version 2 of the outbox: what judging remembers, in the commit of the readings that were judged.

-- One rule on one point. Written only when more has changed than its part of `heard`.
CREATE TABLE watch (
    rule TEXT NOT NULL,        -- its id
    point TEXT NOT NULL,       -- its name
    body BLOB NOT NULL,        -- msgpack of protocol.watched.Watch, without what is in `heard`
    PRIMARY KEY (rule, point)
) STRICT, WITHOUT ROWID;

-- What every reading of a point changes in the watches on it: small, for it is written with each commit.
CREATE TABLE heard (
    point TEXT PRIMARY KEY,    -- its name
    body BLOB NOT NULL         -- msgpack of edge_agent.watch.remembered.Heard
) STRICT, WITHOUT ROWID;

-- The rules that run: the last good document of the cloud.
CREATE TABLE rulebook (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    incarnation TEXT NOT NULL, -- of the cloud that sent it
    version INTEGER NOT NULL,  -- counts up in one incarnation
    digest TEXT NOT NULL,      -- protocol.codec.digest of the document
    document TEXT NOT NULL     -- JSON, as it came
) STRICT;

-- What each local action is to be, and what became of that.
CREATE TABLE action (
    name TEXT PRIMARY KEY,     -- as in agent.toml
    wanted BLOB,               -- msgpack of edge_agent.outbox.actions.Wanted; null: no rule ever wanted it
    standing BLOB,             -- msgpack of edge_agent.outbox.actions.Standing; null: never tried
    manual BLOB                -- msgpack of edge_agent.outbox.actions.Manual; null: alerts decide
) STRICT, WITHOUT ROWID;

-- What somebody has said of alerts, by the newest word for each.
CREATE TABLE acknowledged (
    alert TEXT PRIMARY KEY,    -- its id
    body BLOB NOT NULL         -- msgpack of protocol.acknowledgement.Acknowledgement
) STRICT, WITHOUT ROWID;
