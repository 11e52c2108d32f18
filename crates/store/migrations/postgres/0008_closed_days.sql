-- Figures of days that are over, so that a report need not read the journal of its days again. Both
-- tables can be emptied at any time: the next report fills them from the journal.

-- How far the journal is kept as days, and who was on the floor then.
CREATE TABLE closed_until (
    floor_id BYTEA NOT NULL,
    calculation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    stretch BIGINT NOT NULL,
    mark BYTEA NOT NULL,
    PRIMARY KEY (floor_id, calculation)
);

-- What the stretch of the journal that ended with a day adds to the figures of one day.
CREATE TABLE closed_day (
    floor_id BYTEA NOT NULL,
    calculation BIGINT NOT NULL,
    day BIGINT NOT NULL,
    stretch BIGINT NOT NULL,
    queues BYTEA NOT NULL,
    agents BYTEA NOT NULL,
    PRIMARY KEY (floor_id, calculation, day, stretch)
);
