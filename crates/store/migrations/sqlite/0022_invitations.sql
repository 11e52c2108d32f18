-- Links by which users choose a password, by the hash of their key.
CREATE TABLE invitation (
    key_hash BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES app_user (user_id),
    created_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL
) STRICT;
CREATE INDEX invitation_by_user ON invitation (user_id);
