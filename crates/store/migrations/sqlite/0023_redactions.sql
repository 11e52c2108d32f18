-- Spans of a recording that do not leave the house: silence stands in their place.
CREATE TABLE redaction (
    client_id BLOB NOT NULL,
    redaction_id BLOB NOT NULL,
    recording_id BLOB NOT NULL,
    from_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    side TEXT NOT NULL,
    reason TEXT NOT NULL,
    user_id BLOB NOT NULL,
    user_name TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (client_id, redaction_id),
    FOREIGN KEY (client_id, recording_id) REFERENCES recording (client_id, recording_id)
) STRICT;
CREATE INDEX redaction_by_recording ON redaction (client_id, recording_id, from_us);
