-- $1 name, $2 pause, $3 tolerance, $4 horizon. A shorter pause ends no longer one, and no burst follows: the first
-- request is due by the tolerance after the end.
INSERT INTO {quotas} AS stored (name, next_us, paused_us)
SELECT $1, clock.now + $2 + $3, clock.now + $2
FROM (SELECT {now_us} AS now) AS clock
ON CONFLICT (name) DO UPDATE SET (next_us, paused_us) = (
    SELECT
        GREATEST({known}, clock.now + GREATEST($2, {pause_left}) + $3),
        clock.now + GREATEST($2, {pause_left})
    FROM (SELECT {now_us} AS now) AS clock
)
