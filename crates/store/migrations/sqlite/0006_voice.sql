-- Telephony: carriers, numbers, how each client's calls are treated, calls with their legs, and
-- recordings.

CREATE TABLE trunk (
    trunk_id BLOB NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,
    secret TEXT,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE phone_line (
    number TEXT NOT NULL PRIMARY KEY,
    client_id BLOB NOT NULL REFERENCES client (client_id),
    queue_id BLOB NOT NULL,
    label TEXT NOT NULL,
    active INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX phone_line_by_client ON phone_line (client_id, number);

CREATE TABLE voice_settings (
    client_id BLOB NOT NULL PRIMARY KEY REFERENCES client (client_id),
    document TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE call (
    client_id BLOB NOT NULL REFERENCES client (client_id),
    contact_id BLOB NOT NULL,
    direction TEXT NOT NULL,
    trunk_id BLOB,
    number TEXT,
    dialled TEXT,
    started_us INTEGER NOT NULL,
    ended_us INTEGER,
    ending TEXT,
    PRIMARY KEY (client_id, contact_id)
) STRICT;
CREATE INDEX call_by_number ON call (client_id, number, started_us);
CREATE INDEX call_open ON call (started_us) WHERE ended_us IS NULL;

-- An agent's phone may be in a call more than once, so the start is part of the key.
CREATE TABLE call_leg (
    client_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    leg_id BLOB NOT NULL,
    started_us INTEGER NOT NULL,
    party TEXT NOT NULL,
    agent_id BLOB,
    answered_us INTEGER,
    ended_us INTEGER,
    ending TEXT,
    quality TEXT,
    PRIMARY KEY (client_id, contact_id, leg_id, started_us),
    FOREIGN KEY (client_id, contact_id) REFERENCES call (client_id, contact_id)
) STRICT;

CREATE TABLE recording (
    client_id BLOB NOT NULL,
    recording_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    path TEXT NOT NULL,
    started_us INTEGER NOT NULL,
    length_us INTEGER,
    bytes INTEGER,
    hash BLOB,
    status TEXT NOT NULL,
    kept_until_us INTEGER,
    PRIMARY KEY (client_id, recording_id),
    FOREIGN KEY (client_id, contact_id) REFERENCES call (client_id, contact_id)
) STRICT;
CREATE INDEX recording_by_contact ON recording (client_id, contact_id, started_us);
CREATE INDEX recording_by_id ON recording (recording_id);
CREATE INDEX recording_by_status ON recording (status, started_us);
CREATE INDEX recording_by_kept_until ON recording (kept_until_us);

-- Spans of a recording that hold silence because somebody paused it.
CREATE TABLE recording_pause (
    client_id BLOB NOT NULL,
    recording_id BLOB NOT NULL,
    from_us INTEGER NOT NULL,
    until_us INTEGER,
    PRIMARY KEY (client_id, recording_id, from_us),
    FOREIGN KEY (client_id, recording_id) REFERENCES recording (client_id, recording_id)
) STRICT;
