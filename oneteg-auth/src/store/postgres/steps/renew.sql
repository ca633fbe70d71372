-- $1 id, $2 fence, $3 owner, $4 time to live.
UPDATE {sessions} AS stored
SET lease_since = {now}, lease_ttl = $4
WHERE stored.id = $1 AND {leased}
    AND {bounded}
RETURNING 1
