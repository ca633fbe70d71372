-- $1 id, $2 channel.
INSERT INTO {sessions} AS stored (id, version)
SELECT $1, 1 WHERE {bounded}
ON CONFLICT (id) DO UPDATE SET
    version = stored.version + 1,
    tokens = NULL,
    tokens_hash = '',
    tokens_at = NULL,
    journal = NULL,
    journal_hash = '',
    journal_at = NULL
RETURNING {durable}, {notify($2)}
