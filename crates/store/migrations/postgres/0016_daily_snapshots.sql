-- A snapshot of each day is kept longer, so that a day can be replayed from the one before it. Those that
-- are there already have no day, and go as they always did.
ALTER TABLE snapshot ADD COLUMN day BIGINT;
