-- Why tokens were not written. $1 id, $2 fence, $3 owner, $4 sealed tokens: if these are stored, an earlier attempt
-- whose response was lost has written them.
SELECT
    stored.version,
    COALESCE({leased}, false),
    COALESCE(stored.tokens = $4, false)
FROM {sessions} AS stored
WHERE stored.id = $1
