-- Programs that act for one of the provider's people. A secret is never kept, only its hash.
CREATE TABLE api_token (
    token_id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    -- The end of the secret, by which people tell tokens apart.
    hint TEXT NOT NULL,
    -- Whom it acts for: it may never do more than they may.
    owner_id BYTEA NOT NULL REFERENCES app_user (user_id),
    -- It sees this client only.
    client_id BYTEA REFERENCES client (client_id),
    scopes TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    expires_us BIGINT,
    used_us BIGINT,
    revoked_us BIGINT,
    CONSTRAINT api_token_hash UNIQUE (token_hash)
);
CREATE INDEX api_token_by_time ON api_token (created_us, token_id);
