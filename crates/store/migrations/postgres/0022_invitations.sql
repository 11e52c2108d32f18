-- Links by which users choose a password, by the hash of their key.
CREATE TABLE invitation (
    key_hash BYTEA NOT NULL PRIMARY KEY,
    user_id BYTEA NOT NULL REFERENCES app_user (user_id),
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX invitation_by_user ON invitation (user_id);
