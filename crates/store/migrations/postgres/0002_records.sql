-- The records of the business. What belongs to a client has the client first in its key, and refers
-- only to rows of the same client.

CREATE TABLE setting (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE client (
    client_id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    initials TEXT NOT NULL,
    hue BIGINT NOT NULL,
    status TEXT NOT NULL,
    zone TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT client_name_folded UNIQUE (name_folded)
);

CREATE TABLE calendar (
    calendar_id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT calendar_name UNIQUE (name)
);

CREATE TABLE contract (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    version BIGINT NOT NULL,
    valid_from_us BIGINT NOT NULL,
    document TEXT NOT NULL,
    author_id BYTEA,
    author_name TEXT NOT NULL,
    note TEXT NOT NULL,
    published_us BIGINT NOT NULL,
    PRIMARY KEY (client_id, version)
);

CREATE TABLE contract_draft (
    client_id BYTEA NOT NULL PRIMARY KEY REFERENCES client (client_id),
    based_on BIGINT,
    document TEXT NOT NULL,
    author_name TEXT NOT NULL,
    changed_us BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE pool (
    pool_id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    fairness_cap_percent BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pool_name UNIQUE (name)
);

CREATE TABLE team (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    team_id BYTEA NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (client_id, team_id),
    CONSTRAINT team_team_id UNIQUE (team_id),
    CONSTRAINT team_client_id_name UNIQUE (client_id, name)
);

CREATE TABLE skill (
    skill_id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT skill_name UNIQUE (name)
);

CREATE TABLE site (
    site_id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT site_name UNIQUE (name)
);

CREATE TABLE agent (
    agent_id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    alias TEXT NOT NULL,
    team_id BYTEA REFERENCES team (team_id),
    site_id BYTEA REFERENCES site (site_id),
    languages TEXT NOT NULL,
    channels TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX agent_by_name ON agent (name_folded, agent_id);
CREATE INDEX agent_by_team ON agent (team_id);

CREATE TABLE agent_pool (
    agent_id BYTEA NOT NULL REFERENCES agent (agent_id) ON DELETE CASCADE,
    pool_id BYTEA NOT NULL REFERENCES pool (pool_id),
    PRIMARY KEY (agent_id, pool_id)
);
CREATE INDEX agent_pool_by_pool ON agent_pool (pool_id);

CREATE TABLE agent_skill (
    agent_id BYTEA NOT NULL REFERENCES agent (agent_id) ON DELETE CASCADE,
    skill_id BYTEA NOT NULL REFERENCES skill (skill_id),
    level BIGINT NOT NULL,
    PRIMARY KEY (agent_id, skill_id)
);
CREATE INDEX agent_skill_by_skill ON agent_skill (skill_id);

-- What an agent is to a client: signed off for it, and under which name.
CREATE TABLE agent_client (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    agent_id BYTEA NOT NULL REFERENCES agent (agent_id) ON DELETE CASCADE,
    signed_off BOOLEAN NOT NULL,
    alias TEXT,
    PRIMARY KEY (client_id, agent_id)
);
CREATE INDEX agent_client_by_agent ON agent_client (agent_id);

CREATE TABLE app_user (
    user_id BYTEA NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    client_id BYTEA REFERENCES client (client_id),
    agent_id BYTEA REFERENCES agent (agent_id),
    language TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT app_user_login UNIQUE (login),
    CONSTRAINT app_user_agent_id UNIQUE (agent_id)
);

CREATE TABLE session (
    session_id BYTEA NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL,
    csrf TEXT NOT NULL,
    user_id BYTEA NOT NULL REFERENCES app_user (user_id) ON DELETE CASCADE,
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    CONSTRAINT session_token_hash UNIQUE (token_hash)
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_us);

-- Only ever added to. It refers to nothing, so that it outlives what it tells of.
CREATE TABLE audit_entry (
    audit_id BYTEA NOT NULL PRIMARY KEY,
    at_us BIGINT NOT NULL,
    user_id BYTEA,
    user_name TEXT NOT NULL,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object TEXT NOT NULL,
    client_id BYTEA,
    before_value TEXT NOT NULL,
    after_value TEXT NOT NULL,
    request_id TEXT NOT NULL
);
CREATE INDEX audit_entry_by_time ON audit_entry (at_us, audit_id);
CREATE INDEX audit_entry_by_client ON audit_entry (client_id, at_us, audit_id);

CREATE TABLE widget (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    widget_id BYTEA NOT NULL,
    name TEXT NOT NULL,
    queues TEXT NOT NULL,
    origins TEXT NOT NULL,
    key TEXT NOT NULL,
    secret TEXT NOT NULL,
    texts TEXT NOT NULL,
    identity_required BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (client_id, widget_id),
    CONSTRAINT widget_key UNIQUE (key)
);

CREATE TABLE customer (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    customer_id BYTEA NOT NULL,
    external_id TEXT,
    verified BOOLEAN NOT NULL,
    name TEXT,
    email TEXT,
    language TEXT,
    search_text TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    seen_us BIGINT NOT NULL,
    PRIMARY KEY (client_id, customer_id),
    CONSTRAINT customer_client_id_external_id_verified UNIQUE (client_id, external_id, verified)
);
CREATE INDEX customer_by_seen ON customer (client_id, seen_us, customer_id);

CREATE TABLE conversation (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    conversation_id BYTEA NOT NULL,
    contact_id BYTEA NOT NULL,
    customer_id BYTEA NOT NULL,
    widget_id BYTEA,
    queue_id BYTEA NOT NULL,
    language TEXT NOT NULL,
    page TEXT,
    state TEXT NOT NULL,
    agent_id BYTEA REFERENCES agent (agent_id),
    started_us BIGINT NOT NULL,
    ended_us BIGINT,
    last_seq BIGINT NOT NULL,
    customer_delivered BIGINT NOT NULL,
    customer_read BIGINT NOT NULL,
    agent_read BIGINT NOT NULL,
    PRIMARY KEY (client_id, conversation_id),
    CONSTRAINT conversation_client_id_contact_id UNIQUE (client_id, contact_id),
    FOREIGN KEY (client_id, customer_id) REFERENCES customer (client_id, customer_id),
    FOREIGN KEY (client_id, widget_id) REFERENCES widget (client_id, widget_id)
);
CREATE INDEX conversation_by_customer ON conversation (client_id, customer_id, started_us, conversation_id);
CREATE INDEX conversation_by_time ON conversation (client_id, started_us, conversation_id);

-- The file itself lies in the data folder under a random name.
CREATE TABLE attachment (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    attachment_id BYTEA NOT NULL,
    conversation_id BYTEA,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    file TEXT NOT NULL,
    by_customer BOOLEAN NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (client_id, attachment_id),
    CONSTRAINT attachment_file UNIQUE (file),
    FOREIGN KEY (client_id, conversation_id) REFERENCES conversation (client_id, conversation_id)
);

CREATE TABLE message (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    conversation_id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    message_id BYTEA NOT NULL,
    client_message_id BYTEA NOT NULL,
    author TEXT NOT NULL,
    author_agent_id BYTEA REFERENCES agent (agent_id),
    author_name TEXT NOT NULL,
    body TEXT NOT NULL,
    search_text TEXT NOT NULL,
    attachment_id BYTEA,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (client_id, conversation_id, seq),
    CONSTRAINT message_written_once UNIQUE (client_id, conversation_id, author, client_message_id),
    FOREIGN KEY (client_id, conversation_id) REFERENCES conversation (client_id, conversation_id),
    FOREIGN KEY (client_id, attachment_id) REFERENCES attachment (client_id, attachment_id)
);
CREATE INDEX message_by_time ON message (client_id, at_us, conversation_id, seq);

CREATE TABLE draft (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    contact_id BYTEA NOT NULL,
    agent_id BYTEA NOT NULL REFERENCES agent (agent_id),
    body TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (client_id, contact_id, agent_id)
);

CREATE TABLE canned_answer (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    answer_id BYTEA NOT NULL,
    shortcut TEXT NOT NULL,
    language TEXT NOT NULL,
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (client_id, answer_id),
    CONSTRAINT canned_answer_client_id_shortcut_language UNIQUE (client_id, shortcut, language)
);

-- Left outside the hours or instead of waiting: work until somebody has done it.
CREATE TABLE offline_message (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    message_id BYTEA NOT NULL,
    client_message_id BYTEA NOT NULL,
    widget_id BYTEA NOT NULL,
    queue_id BYTEA,
    name TEXT,
    email TEXT NOT NULL,
    language TEXT NOT NULL,
    body TEXT NOT NULL,
    contact_id BYTEA,
    taken_by BYTEA REFERENCES agent (agent_id),
    done_us BIGINT,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (client_id, message_id),
    CONSTRAINT offline_message_written_once UNIQUE (client_id, widget_id, client_message_id),
    FOREIGN KEY (client_id, widget_id) REFERENCES widget (client_id, widget_id)
);
CREATE INDEX offline_message_by_time ON offline_message (client_id, at_us, message_id);

CREATE TABLE disposition_given (
    client_id BYTEA NOT NULL REFERENCES client (client_id),
    contact_id BYTEA NOT NULL,
    agent_id BYTEA NOT NULL REFERENCES agent (agent_id),
    disposition_id BYTEA,
    note TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (client_id, contact_id, agent_id)
);

-- Projected from the journal, and rebuilt from it at will; refers to nothing.
CREATE TABLE contact (
    client_id BYTEA NOT NULL,
    contact_id BYTEA NOT NULL,
    floor_id BYTEA NOT NULL,
    queue_id BYTEA NOT NULL,
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    contract_version BIGINT NOT NULL,
    customer_id BYTEA,
    arrived_us BIGINT NOT NULL,
    clock_start_us BIGINT NOT NULL,
    answered_us BIGINT,
    ended_us BIGINT,
    ending TEXT,
    wait_us BIGINT,
    agent_id BYTEA,
    overflow BOOLEAN NOT NULL,
    -- Entries of the journal that tell of it: the first, and the last one projected.
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    PRIMARY KEY (client_id, contact_id)
);
CREATE INDEX contact_by_client ON contact (client_id, arrived_us, contact_id);
CREATE INDEX contact_by_customer ON contact (client_id, customer_id, arrived_us, contact_id);
CREATE INDEX contact_by_time ON contact (arrived_us, contact_id);
CREATE INDEX contact_by_id ON contact (contact_id);

-- The agents who answered a contact.
CREATE TABLE contact_agent (
    client_id BYTEA NOT NULL,
    contact_id BYTEA NOT NULL,
    agent_id BYTEA NOT NULL,
    answered_us BIGINT NOT NULL,
    talk_us BIGINT NOT NULL,
    hold_us BIGINT NOT NULL,
    wrap_up_us BIGINT NOT NULL,
    PRIMARY KEY (client_id, contact_id, agent_id)
);
CREATE INDEX contact_agent_by_agent ON contact_agent (agent_id, answered_us);
