-- What callers hear and where they are led: prompts, call flows with the versions that were published,
-- the flow of a number. And voicemails, which are work like the messages left in a widget.

CREATE TABLE prompt (
    client_id BLOB NOT NULL REFERENCES client (client_id),
    prompt_id BLOB NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The words, of spoken ones.
    words TEXT NOT NULL,
    -- G.711 in both laws, 8,000 bytes a second each, so that nothing is converted in a call.
    mu BLOB NOT NULL,
    a BLOB NOT NULL,
    length_us INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (client_id, prompt_id),
    CONSTRAINT prompt_named_once UNIQUE (client_id, name, language)
) STRICT;

CREATE TABLE call_flow (
    client_id BLOB NOT NULL REFERENCES client (client_id),
    name TEXT NOT NULL,
    -- The latest text, published or not.
    body TEXT NOT NULL,
    changed_us INTEGER NOT NULL,
    -- The version that calls follow; none while there is only a draft.
    published INTEGER,
    version INTEGER NOT NULL,
    PRIMARY KEY (client_id, name)
) STRICT;

CREATE TABLE call_flow_version (
    client_id BLOB NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    author_name TEXT NOT NULL,
    published_us INTEGER NOT NULL,
    PRIMARY KEY (client_id, name, number),
    FOREIGN KEY (client_id, name) REFERENCES call_flow (client_id, name)
) STRICT;

ALTER TABLE phone_line ADD COLUMN flow TEXT;
ALTER TABLE recording ADD COLUMN kind TEXT NOT NULL DEFAULT 'call';

-- A voicemail has a recording and a deadline, and neither a widget nor an address to answer to.
CREATE TABLE message_left (
    client_id BLOB NOT NULL REFERENCES client (client_id),
    message_id BLOB NOT NULL,
    client_message_id BLOB NOT NULL,
    kind TEXT NOT NULL DEFAULT 'form',
    widget_id BLOB,
    queue_id BLOB,
    name TEXT,
    email TEXT,
    phone TEXT,
    language TEXT NOT NULL,
    body TEXT NOT NULL,
    recording_id BLOB,
    contact_id BLOB,
    due_us INTEGER,
    taken_by BLOB REFERENCES agent (agent_id),
    done_us INTEGER,
    note TEXT,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (client_id, message_id),
    CONSTRAINT offline_message_written_once UNIQUE (client_id, widget_id, client_message_id),
    FOREIGN KEY (client_id, widget_id) REFERENCES widget (client_id, widget_id),
    FOREIGN KEY (client_id, recording_id) REFERENCES recording (client_id, recording_id)
) STRICT;
INSERT INTO message_left (client_id, message_id, client_message_id, widget_id, queue_id, name, email,
    language, body, contact_id, taken_by, done_us, note, at_us)
SELECT client_id, message_id, client_message_id, widget_id, queue_id, name, email, language, body,
    contact_id, taken_by, done_us, note, at_us
FROM offline_message;
DROP TABLE offline_message;
ALTER TABLE message_left RENAME TO offline_message;
CREATE INDEX offline_message_by_time ON offline_message (client_id, at_us, message_id);
CREATE INDEX offline_message_of_all_by_time ON offline_message (at_us, message_id);
CREATE INDEX offline_message_of_all_by_done ON offline_message (done_us, at_us, message_id);
