-- Telephony: carriers, numbers, how each client's calls are treated, calls with their legs, and
-- recordings.

CREATE TABLE trunk (
    trunk_id BYTEA NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,
    secret TEXT,
    version BIGINT NOT NULL
);

CREATE TABLE phone_line (
    number TEXT NOT NULL PRIMARY KEY,
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    queue_id BYTEA NOT NULL,
    label TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX phone_line_by_client ON phone_line (client_id, number);

CREATE TABLE voice_settings (
    client_id BYTEA NOT NULL PRIMARY KEY REFERENCES client (client_id),
    document TEXT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE call (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    contact_id BYTEA NOT NULL,
    direction TEXT NOT NULL,
    trunk_id BYTEA,
    number TEXT,
    dialled TEXT,
    started_us BIGINT NOT NULL,
    ended_us BIGINT,
    ending TEXT,
    PRIMARY KEY (client_id, contact_id)
);
CREATE INDEX call_by_number ON call (client_id, number, started_us);
CREATE INDEX call_open ON call (started_us) WHERE ended_us IS NULL;

-- An agent's phone may be in a call more than once, so the start is part of the key.
CREATE TABLE call_leg (
    client_id BYTEA NOT NULL,
    contact_id BYTEA NOT NULL,
    leg_id BYTEA NOT NULL,
    started_us BIGINT NOT NULL,
    party TEXT NOT NULL,
    agent_id BYTEA,
    answered_us BIGINT,
    ended_us BIGINT,
    ending TEXT,
    quality TEXT,
    PRIMARY KEY (client_id, contact_id, leg_id, started_us),
    FOREIGN KEY (client_id, contact_id) REFERENCES call (client_id, contact_id)
);

CREATE TABLE recording (
    client_id BYTEA NOT NULL,
    recording_id BYTEA NOT NULL,
    contact_id BYTEA NOT NULL,
    path TEXT NOT NULL,
    started_us BIGINT NOT NULL,
    length_us BIGINT,
    bytes BIGINT,
    hash BYTEA,
    status TEXT NOT NULL,
    kept_until_us BIGINT,
    PRIMARY KEY (client_id, recording_id),
    FOREIGN KEY (client_id, contact_id) REFERENCES call (client_id, contact_id)
);
CREATE INDEX recording_by_contact ON recording (client_id, contact_id, started_us);
CREATE INDEX recording_by_id ON recording (recording_id);
CREATE INDEX recording_by_status ON recording (status, started_us);
CREATE INDEX recording_by_kept_until ON recording (kept_until_us);

-- Spans of a recording that hold silence because somebody paused it.
CREATE TABLE recording_pause (
    client_id BYTEA NOT NULL,
    recording_id BYTEA NOT NULL,
    from_us BIGINT NOT NULL,
    until_us BIGINT,
    PRIMARY KEY (client_id, recording_id, from_us),
    FOREIGN KEY (client_id, recording_id) REFERENCES recording (client_id, recording_id)
);
