-- Whom a client's customers may be passed on to, outside: names and numbers.
CREATE TABLE phone_book (
    client_id BYTEA NOT NULL PRIMARY KEY REFERENCES client (client_id),
    document TEXT NOT NULL,
    version BIGINT NOT NULL
);
