-- Figures of days that are over, so that a report need not read the journal of its days again. Both
-- tables can be emptied at any time: the next report fills them from the journal.

-- How far the journal is kept as days, and who was on the floor then.
CREATE TABLE closed_until (
    floor_id BLOB NOT NULL,
    calculation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    stretch INTEGER NOT NULL,
    mark BLOB NOT NULL,
    PRIMARY KEY (floor_id, calculation)
) STRICT;

-- What the stretch of the journal that ended with a day adds to the figures of one day.
CREATE TABLE closed_day (
    floor_id BLOB NOT NULL,
    calculation INTEGER NOT NULL,
    day INTEGER NOT NULL,
    stretch INTEGER NOT NULL,
    queues BLOB NOT NULL,
    agents BLOB NOT NULL,
    PRIMARY KEY (floor_id, calculation, day, stretch)
) STRICT;
