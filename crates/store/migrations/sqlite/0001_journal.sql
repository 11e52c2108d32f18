-- The journal of each floor: who may append, what was appended, snapshots, and how far readers are.

CREATE TABLE journal_head (
    floor_id BLOB NOT NULL PRIMARY KEY,
    -- Raised by every new owner; an append with an older one is refused.
    epoch INTEGER NOT NULL,
    -- The last entry there is; 0 before the first.
    seq INTEGER NOT NULL,
    -- Hash of the last frame; 32 zero bytes before the first.
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE journal_frame (
    floor_id BLOB NOT NULL,
    first_seq INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    -- Time of the last entry.
    at_us INTEGER NOT NULL,
    codec INTEGER NOT NULL,
    schema INTEGER NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    crc INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (floor_id, first_seq)
) STRICT;

CREATE TABLE snapshot (
    floor_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    state_hash BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (floor_id, seq)
) STRICT;

CREATE TABLE projection_cursor (
    name TEXT NOT NULL,
    floor_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (name, floor_id)
) STRICT;
