-- Desk phones, by which agents speak instead of their browsers.

CREATE TABLE desk_phone (
    agent_id BYTEA NOT NULL PRIMARY KEY REFERENCES agent (agent_id) ON DELETE CASCADE,
    -- What it registers with, or is called by.
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    -- H(name:realm:password) of RFC 7616; none for a phone that does not register.
    ha1_md5 TEXT,
    ha1_sha256 TEXT,
    version BIGINT NOT NULL,
    CONSTRAINT desk_phone_named_once UNIQUE (name)
);
