-- $1 id, $2 owner, $3 time to live. Processes that wait only read: they lock nothing that the holder needs.
WITH held AS (
    SELECT {remaining} AS remaining
    FROM {sessions} AS stored
    WHERE stored.id = $1 AND stored.lease_owner <> $2 AND {remaining} > 0
),
granted AS (
    INSERT INTO {sessions} AS stored (id, fence, lease_owner, lease_since, lease_ttl)
    SELECT $1, 1, $2, {now}, $3
    WHERE NOT EXISTS (SELECT FROM held) AND {bounded}
    ON CONFLICT (id) DO UPDATE SET
        fence = stored.fence + 1,
        lease_owner = $2,
        lease_since = {now},
        lease_ttl = $3,
        -- A date that was once in the future stays unknown, even when the clock reaches it.
        tokens_at = CASE WHEN stored.tokens_at <= {now} THEN stored.tokens_at END,
        journal_at = CASE WHEN stored.journal_at <= {now} THEN stored.journal_at END
    -- Again, because another process may have been faster since `held` was read.
    WHERE NOT COALESCE(stored.lease_owner <> $2 AND {remaining} > 0, false)
    RETURNING stored.fence
)
-- Neither if another process was faster.
SELECT
    EXISTS (SELECT FROM granted),
    (SELECT fence FROM granted),
    (SELECT remaining FROM held)
