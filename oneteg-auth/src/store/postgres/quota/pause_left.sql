-- $1 name.
SELECT {pause_left}
FROM {quotas} AS stored, (SELECT {now_us} AS now) AS clock
WHERE stored.name = $1
