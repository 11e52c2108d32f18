-- Spans of a recording that do not leave the house: silence stands in their place.
CREATE TABLE redaction (
    client_id BYTEA NOT NULL,
    redaction_id BYTEA NOT NULL,
    recording_id BYTEA NOT NULL,
    from_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    side TEXT NOT NULL,
    reason TEXT NOT NULL,
    user_id BYTEA NOT NULL,
    user_name TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (client_id, redaction_id),
    FOREIGN KEY (client_id, recording_id) REFERENCES recording (client_id, recording_id)
);
CREATE INDEX redaction_by_recording ON redaction (client_id, recording_id, from_us);
