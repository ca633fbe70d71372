-- $1 id, $2 fence, $3 owner, $4 sealed entry or NULL, $5 hash of the refresh token.
UPDATE {sessions} AS stored
SET
    journal = $4,
    journal_hash = $5,
    -- An attempt keeps its first date: the provider's replay window begins when the refresh token is first sent.
    journal_at = CASE
        WHEN $4 IS NULL THEN NULL
        WHEN stored.journal IS NOT NULL AND stored.journal_hash = $5 THEN stored.journal_at
        ELSE {now}
    END
WHERE stored.id = $1 AND {leased}
    AND {bounded}
RETURNING {durable}
