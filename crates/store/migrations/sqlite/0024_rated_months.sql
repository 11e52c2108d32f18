-- What a client brought in during a month that is over, so that it need not be rated again. The table
-- can be emptied at any time: the next look at the margins fills it.
CREATE TABLE rated_month (
    client_id BLOB NOT NULL REFERENCES client (client_id),
    from_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    calculation INTEGER NOT NULL,
    -- Whose rating is under way; whoever fills the row must still hold it.
    turn TEXT NOT NULL,
    -- What began before this may change it.
    inputs_until_us INTEGER NOT NULL,
    -- Which terms it was rated by; NULL, as what they gave, until it is filled.
    terms TEXT,
    document TEXT,
    PRIMARY KEY (client_id, from_us, until_us)
) STRICT;
CREATE INDEX rated_month_by_month ON rated_month (from_us, until_us);
