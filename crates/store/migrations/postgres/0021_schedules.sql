-- Schedules of shifts: drafts, and what was published. The provider's own.
CREATE TABLE schedule (
    schedule_id BYTEA NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    -- draft, published or replaced.
    state TEXT NOT NULL,
    -- First and last day in the zone of the floor then, YYYY-MM-DD, and that zone.
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    zone TEXT NOT NULL,
    -- People, rules, required agents and duties as JSON: ids and times, no names.
    document TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    published_by TEXT,
    published_us BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX schedule_by_days ON schedule (first_day, last_day);
