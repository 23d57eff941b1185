-- The outbox, version 1. A reading is in exactly one place: `reading` until it is sealed, then the body of
-- one batch (`body`) until that is settled and old, or `parked`. Times are ms since 1970, UTC.

CREATE TABLE boot (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE  -- the kernel's boot id
) STRICT;

CREATE TABLE point (
    id INTEGER PRIMARY KEY,    -- small: it is on every reading
    name TEXT NOT NULL UNIQUE, -- device/metric
    unit TEXT NOT NULL,        -- canonical unit, '' where unknown
    interval_s REAL,           -- expected time between readings; null: irregular
    origin BLOB,               -- msgpack of protocol.reading.Origin; null: it is not derived
    newest_at INTEGER,         -- the newest reading up to counter `noted`; null: none
    newest_value REAL,         -- null: fault, or none
    newest_quality INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Unsealed readings. No index but the rowid: each commit touches the last page only.
CREATE TABLE reading (
    seq INTEGER PRIMARY KEY,   -- order of arrival, never used twice
    point INTEGER NOT NULL,    -- point.id
    at INTEGER NOT NULL,       -- when it was measured
    value REAL,                -- in the point's unit; null only with fault
    quality INTEGER NOT NULL,  -- Quality flags
    boot INTEGER NOT NULL,     -- boot.id under which it arrived
    boot_ms INTEGER NOT NULL   -- ms since that boot, counting sleep, when it arrived
) STRICT;

-- Transitions and losses that wait to be sealed.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,        -- 'transition' or 'loss'
    body BLOB NOT NULL,        -- msgpack of protocol.messages.Transition or Loss
    alone INTEGER NOT NULL     -- 1: was in a batch that was refused, is sealed in a batch of its own
) STRICT;

-- Every loss ever recorded, for people; what travels is in `event`.
CREATE TABLE loss (
    id TEXT PRIMARY KEY,       -- unique for ever
    recorded INTEGER NOT NULL, -- 1, 2, 3 ... in the order of recording
    body BLOB NOT NULL         -- msgpack of protocol.messages.Loss
) STRICT, WITHOUT ROWID;

CREATE INDEX loss_recorded ON loss (recorded);

CREATE TABLE epoch (
    id INTEGER PRIMARY KEY,    -- the highest is the current one
    name TEXT NOT NULL UNIQUE, -- UUID
    began_at INTEGER NOT NULL,
    next_number INTEGER NOT NULL -- of the next batch
) STRICT;

CREATE TABLE batch (
    seq INTEGER PRIMARY KEY,   -- order of sealing
    epoch INTEGER NOT NULL,    -- epoch.id
    number INTEGER NOT NULL,
    state TEXT NOT NULL,       -- 'sealed': under way; 'resend': waits to be sent again; 'settled'
    readings INTEGER NOT NULL, -- how many it holds
    oldest_at INTEGER,         -- of its readings; null: it has none
    settled_at INTEGER,        -- null: never settled
    digest BLOB NOT NULL       -- protocol.codec.digest, 16 bytes
) STRICT;

-- A long life leaves thousands of settled batches: what is open must be found without them.
CREATE INDEX batch_open ON batch (state, seq) WHERE state <> 'settled';

-- Apart from `batch`, so that settling does not write these bytes again.
CREATE TABLE body (
    batch INTEGER PRIMARY KEY, -- batch.seq
    bytes BLOB NOT NULL        -- protocol.codec.encode of the batch, uncompressed
) STRICT;

-- Batches that the cloud refused for good.
CREATE TABLE parked (
    seq INTEGER PRIMARY KEY,   -- order of parking; batch.seq comes again once its batch is gone
    epoch TEXT NOT NULL,       -- its name
    number INTEGER NOT NULL,
    readings INTEGER NOT NULL, -- how many it holds
    parked_at INTEGER NOT NULL,
    code TEXT NOT NULL,        -- RefusalCode
    reason TEXT NOT NULL,      -- the cloud's sentence
    bytes BLOB NOT NULL        -- the body, uncompressed
) STRICT;

CREATE TABLE cursor (
    source TEXT PRIMARY KEY,
    value TEXT NOT NULL        -- opaque: where the source goes on
) STRICT, WITHOUT ROWID;

-- What checks and derived points remember of the readings before, in the commit of the newest of these.
CREATE TABLE memory (
    source TEXT NOT NULL,
    point TEXT NOT NULL,       -- its name
    body BLOB NOT NULL,        -- msgpack of firmware_bridge.refine.stage.Memory
    PRIMARY KEY (source, point)
) STRICT, WITHOUT ROWID;

CREATE TABLE breaker (
    name TEXT PRIMARY KEY,     -- the source, or the link to the cloud that has one
    body BLOB NOT NULL         -- msgpack of protocol.breaker.Breaker
) STRICT, WITHOUT ROWID;

-- Channels of sources that devices also read from.
CREATE TABLE channel (
    key INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    number INTEGER NOT NULL,   -- as devices know it
    began_at INTEGER NOT NULL, -- when its first entry was kept
    last_id INTEGER NOT NULL DEFAULT 0, -- of its newest entry, held or given up: never given again
    last1 INTEGER NOT NULL DEFAULT 0, -- id of the newest entry with a field1, and so on; 0: none ever
    last2 INTEGER NOT NULL DEFAULT 0,
    last3 INTEGER NOT NULL DEFAULT 0,
    last4 INTEGER NOT NULL DEFAULT 0,
    last5 INTEGER NOT NULL DEFAULT 0,
    last6 INTEGER NOT NULL DEFAULT 0,
    last7 INTEGER NOT NULL DEFAULT 0,
    last8 INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, number)
) STRICT;

-- What devices wrote, in their words; their numbers are in `reading` too. The newest of each channel, without
-- gaps.
CREATE TABLE entry (
    channel INTEGER NOT NULL,  -- channel.key
    id INTEGER NOT NULL,
    at INTEGER NOT NULL,       -- the device's own time, else when it came
    field1 TEXT,               -- as it came; null: not sent
    field2 TEXT,
    field3 TEXT,
    field4 TEXT,
    field5 TEXT,
    field6 TEXT,
    field7 TEXT,
    field8 TEXT,
    status TEXT,
    latitude TEXT,
    longitude TEXT,
    elevation TEXT,
    PRIMARY KEY (channel, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX entry_at ON entry (channel, at);

-- The newest rows that gave no reading.
CREATE TABLE reject (
    seq INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    at INTEGER NOT NULL,       -- when it was recorded
    place TEXT NOT NULL,       -- where it stood: "feeds.csv record 17"
    text TEXT NOT NULL,        -- as it was found, cut
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE reject_count (
    source TEXT NOT NULL,
    reason TEXT NOT NULL,      -- 'other reasons' once a source has too many
    count INTEGER NOT NULL,    -- ever, also of rows no longer kept
    last_at INTEGER NOT NULL,  -- when the newest one was recorded
    PRIMARY KEY (source, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
    name TEXT PRIMARY KEY,     -- a fact for `status`, as 'last contact'
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
    name TEXT PRIMARY KEY,     -- 'border': readings up to this seq are backlog, above it live;
                               -- 'noted': point.newest_* counts readings up to this seq;
                               -- 'session': the newest session
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('border', 0), ('noted', 0), ('session', 0);
