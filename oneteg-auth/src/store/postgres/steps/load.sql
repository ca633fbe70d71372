SELECT
    stored.version,
    stored.fence,
    stored.tokens,
    stored.tokens_hash,
    -- An unknown date is one in the future.
    COALESCE({now} - stored.tokens_at, -1),
    stored.journal,
    stored.journal_hash,
    COALESCE({now} - stored.journal_at, -1)
FROM {sessions} AS stored
WHERE stored.id = $1
