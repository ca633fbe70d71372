-- $1 name, $2 interval, $3 tolerance, $4 longest wait, $5 horizon. The algorithm is that of `quota/gcra.rs`. The clock is
-- read when the row has been locked, and once for both columns.
WITH taken AS (
    INSERT INTO {quotas} AS stored (name, next_us, taken_us)
    SELECT $1, clock.now + $2, clock.now
    FROM (SELECT {now_us} AS now) AS clock
    ON CONFLICT (name) DO UPDATE SET (next_us, taken_us) = (
        SELECT {due} + $2, clock.now
        FROM (SELECT {now_us} AS now) AS clock
    )
    WHERE (
        SELECT {due} - $3 - clock.now <= $4
        FROM (SELECT {now_us} AS now) AS clock
    )
    RETURNING next_us, taken_us
)
SELECT true AS taken, GREATEST(next_us - $2 - $3, taken_us) AS scheduled, taken_us AS now, 0::bigint AS paused
FROM taken
UNION ALL
SELECT false, GREATEST({due} - $3, clock.now), clock.now, {pause_left}
FROM {quotas} AS stored, (SELECT {now_us} AS now) AS clock
WHERE stored.name = $1 AND NOT EXISTS (SELECT FROM taken)
