-- Clears a session that cannot be read. $1 id, $2 channel. The version and the fence become the time of day, which is
-- higher than counting gets, so that what was read or leased before is rejected. No number that somebody edited makes
-- this fail.
INSERT INTO {sessions} AS stored (id, version, fence)
SELECT $1, {now} + 1, {now} WHERE {bounded}
ON CONFLICT (id) DO UPDATE SET
    version = GREATEST(LEAST(stored.version, 2305843009213693952), {now}) + 1,
    fence = GREATEST(LEAST(stored.fence, 2305843009213693952), {now}) + 1,
    lease_owner = NULL,
    lease_since = NULL,
    lease_ttl = NULL,
    tokens = NULL,
    tokens_hash = '',
    tokens_at = NULL,
    journal = NULL,
    journal_hash = '',
    journal_at = NULL
RETURNING {durable}, {notify($2)}
