-- Mail that is to go out, is out, or came back. A row is one mail to one address, written in the transaction of
-- what caused it; the letter itself is made when it is sent.
CREATE TABLE mail (
    mail_id BLOB NOT NULL PRIMARY KEY,
    -- Whose matter it is; nothing for the provider's own.
    client_id BLOB REFERENCES client (client_id),
    kind TEXT NOT NULL,
    -- The invoice that it is about.
    about_id BLOB,
    -- What else the letter is made from.
    document TEXT NOT NULL,
    -- Two rows with the same would be the same mail twice.
    once TEXT NOT NULL,
    recipient TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    next_us INTEGER NOT NULL,
    -- What was said at the last try; empty for nothing.
    error TEXT NOT NULL,
    queued_us INTEGER NOT NULL,
    queued_by TEXT NOT NULL,
    ended_us INTEGER,
    UNIQUE (once)
) STRICT;
CREATE INDEX mail_by_state ON mail (state, next_us, mail_id);
CREATE INDEX mail_by_time ON mail (queued_us, mail_id);
CREATE INDEX mail_by_about ON mail (client_id, about_id);
