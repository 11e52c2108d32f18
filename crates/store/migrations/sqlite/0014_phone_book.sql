-- Whom a client's customers may be passed on to, outside: names and numbers.
CREATE TABLE phone_book (
    client_id BLOB NOT NULL PRIMARY KEY REFERENCES client (client_id),
    document TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;
