-- The journal of each floor: who may append, what was appended, snapshots, and how far readers are.

CREATE TABLE journal_head (
    floor_id BYTEA NOT NULL PRIMARY KEY,
    -- Raised by every new owner; an append with an older one is refused.
    epoch BIGINT NOT NULL,
    -- The last entry there is; 0 before the first.
    seq BIGINT NOT NULL,
    -- Hash of the last frame; 32 zero bytes before the first.
    hash BYTEA NOT NULL
);

CREATE TABLE journal_frame (
    floor_id BYTEA NOT NULL,
    first_seq BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    -- Time of the last entry.
    at_us BIGINT NOT NULL,
    codec BIGINT NOT NULL,
    schema BIGINT NOT NULL,
    prev_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    crc BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (floor_id, first_seq)
);
-- The body is compressed already.
ALTER TABLE journal_frame ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE snapshot (
    floor_id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    state_hash BYTEA NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (floor_id, seq)
);
ALTER TABLE snapshot ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE projection_cursor (
    name TEXT NOT NULL,
    floor_id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (name, floor_id)
);
