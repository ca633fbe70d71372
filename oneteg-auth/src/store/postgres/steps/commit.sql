-- $1 id, $2 fence, $3 owner, $4 expected version, $5 sealed tokens, $6 hash of the refresh token, $7 channel.
UPDATE {sessions} AS stored
SET
    version = stored.version + 1,
    tokens = $5,
    tokens_hash = $6,
    tokens_at = {now},
    journal = NULL,
    journal_hash = '',
    journal_at = NULL
WHERE stored.id = $1 AND {leased} AND stored.version = $4
    AND {bounded}
RETURNING {durable}, {notify($7)}
