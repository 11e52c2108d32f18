-- Long planning work that somebody asked for, with what it was asked and what came out. The provider's
-- own: it may speak of several clients.
CREATE TABLE planning_job (
    job_id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Whom it is about, and the days, for the list.
    about TEXT NOT NULL,
    first_day TEXT,
    last_day TEXT,
    asked TEXT NOT NULL,
    -- Nothing before it is done.
    result TEXT,
    faults TEXT NOT NULL,
    begun_by TEXT NOT NULL,
    begun_us INTEGER NOT NULL,
    ended_us INTEGER
) STRICT;
CREATE INDEX planning_job_by_time ON planning_job (begun_us, job_id);
