-- $1 id, $2 fence, $3 owner, $4 channel. A commit under this lease has notified already.
UPDATE {sessions} AS stored
SET lease_owner = NULL
WHERE stored.id = $1 AND stored.fence = $2 AND stored.lease_owner = $3
    AND {bounded}
RETURNING CASE WHEN stored.tokens_at >= stored.lease_since THEN NULL ELSE {notify($4)} END
