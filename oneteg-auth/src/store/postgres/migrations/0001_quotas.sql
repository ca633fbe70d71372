-- One row for each quota that workers share. Times are microseconds since 1970, by the clock of this server. Unlogged: a
-- crash or a fail-over empties the table, and a quota without a row starts again.
CREATE UNLOGGED TABLE {quotas} (
    name      text   PRIMARY KEY,
    -- When the next request would be due if all were evenly spaced.
    next_us   bigint NOT NULL DEFAULT 0 CHECK (next_us BETWEEN 0 AND 4611686018427387903),
    -- When the last slot was taken.
    taken_us  bigint NOT NULL DEFAULT 0 CHECK (taken_us BETWEEN 0 AND 4611686018427387903),
    -- The end of the last pause.
    paused_us bigint NOT NULL DEFAULT 0 CHECK (paused_us BETWEEN 0 AND 4611686018427387903)
) WITH (fillfactor = 50);
