-- $1 id, $2 channel. Numbers that somebody raised to their limit are lowered, so that they cannot fail the next lease.
INSERT INTO {sessions} AS stored (id, version)
SELECT $1, 1 WHERE {bounded}
ON CONFLICT (id) DO UPDATE SET
    version = LEAST(stored.version, 2305843009213693952) + 1,
    fence = LEAST(stored.fence, 2305843009213693952),
    tokens = NULL,
    tokens_hash = '',
    tokens_at = NULL,
    journal = NULL,
    journal_hash = '',
    journal_at = NULL
RETURNING {durable}, {notify($2)}
