-- How well each day of the journal replays: the fidelity of the twin, night by night.

CREATE TABLE fidelity_day (
    floor_id BLOB NOT NULL,
    -- The day in the provider's zone, YYYY-MM-DD, and that zone.
    day TEXT NOT NULL,
    zone TEXT NOT NULL,
    is_equal INTEGER NOT NULL,
    -- The version of the program that replayed, when, and how long that took.
    program TEXT NOT NULL,
    made_us INTEGER NOT NULL,
    took_ms INTEGER NOT NULL,
    -- The report without its clients as JSON; the clients, and what the simulator made of the day, packed.
    report TEXT NOT NULL,
    clients BLOB NOT NULL,
    played BLOB,
    PRIMARY KEY (floor_id, day)
) STRICT;
