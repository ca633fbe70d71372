-- $1 id, $2 expected version, $3 hash of the spent refresh token, $4 sealed tokens, $5 hash of the new refresh token,
-- $6 channel.
UPDATE {sessions} AS stored
SET
    version = stored.version + 1,
    tokens = $4,
    tokens_hash = $5,
    tokens_at = {now},
    journal = NULL,
    journal_hash = '',
    journal_at = NULL
WHERE stored.id = $1 AND stored.version = $2 AND stored.tokens IS NOT NULL AND stored.tokens_hash = $3
    AND {bounded}
RETURNING {durable}, {notify($6)}
