-- What callers hear and where they are led: prompts, call flows with the versions that were published,
-- the flow of a number. And voicemails, which are work like the messages left in a widget.

CREATE TABLE prompt (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    prompt_id BYTEA NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The words, of spoken ones.
    words TEXT NOT NULL,
    -- G.711 in both laws, 8,000 bytes a second each, so that nothing is converted in a call.
    mu BYTEA NOT NULL,
    a BYTEA NOT NULL,
    length_us BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (client_id, prompt_id),
    CONSTRAINT prompt_named_once UNIQUE (client_id, name, language)
);

CREATE TABLE call_flow (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    name TEXT NOT NULL,
    -- The latest text, published or not.
    body TEXT NOT NULL,
    changed_us BIGINT NOT NULL,
    -- The version that calls follow; none while there is only a draft.
    published BIGINT,
    version BIGINT NOT NULL,
    PRIMARY KEY (client_id, name)
);

CREATE TABLE call_flow_version (
    client_id BYTEA NOT NULL,
    name TEXT NOT NULL,
    number BIGINT NOT NULL,
    body TEXT NOT NULL,
    author_name TEXT NOT NULL,
    published_us BIGINT NOT NULL,
    PRIMARY KEY (client_id, name, number),
    FOREIGN KEY (client_id, name) REFERENCES call_flow (client_id, name)
);

ALTER TABLE phone_line ADD COLUMN flow TEXT;
ALTER TABLE recording ADD COLUMN kind TEXT NOT NULL DEFAULT 'call';

-- A voicemail has a recording and a deadline, and neither a widget nor an address to answer to.
ALTER TABLE offline_message ALTER COLUMN widget_id DROP NOT NULL;
ALTER TABLE offline_message ALTER COLUMN email DROP NOT NULL;
ALTER TABLE offline_message ADD COLUMN kind TEXT NOT NULL DEFAULT 'form';
ALTER TABLE offline_message ADD COLUMN phone TEXT;
ALTER TABLE offline_message ADD COLUMN recording_id BYTEA;
ALTER TABLE offline_message ADD COLUMN due_us BIGINT;
ALTER TABLE offline_message ADD FOREIGN KEY (client_id, recording_id)
    REFERENCES recording (client_id, recording_id);
