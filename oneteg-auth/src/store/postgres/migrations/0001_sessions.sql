-- One row for each session. Dates and times are milliseconds since 1970, by the clock of this server; a date that is not
-- known is NULL.
CREATE TABLE {sessions} (
    -- SHA-256 of the session's name, in hexadecimal digits.
    id           text   PRIMARY KEY,
    -- Grows with every change of the tokens.
    version      bigint NOT NULL DEFAULT 0 CHECK (version BETWEEN 0 AND 4611686018427387903),
    -- Grows with every lease.
    fence        bigint NOT NULL DEFAULT 0 CHECK (fence BETWEEN 0 AND 4611686018427387903),
    -- Who may refresh the session; NULL if nobody does.
    lease_owner  bytea,
    lease_since  bigint CHECK (lease_since BETWEEN 0 AND 4611686018427387903),
    lease_ttl    bigint CHECK (lease_ttl BETWEEN 0 AND 4611686018427387903),
    -- Sealed with a key that this server does not have; NULL after a sign-out.
    tokens       bytea,
    -- Identifies the refresh token; empty without one.
    tokens_hash  text   NOT NULL DEFAULT '',
    tokens_at    bigint CHECK (tokens_at BETWEEN 0 AND 4611686018427387903),
    -- The token request that is under way, sealed; NULL if there is none.
    journal      bytea,
    journal_hash text   NOT NULL DEFAULT '',
    journal_at   bigint CHECK (journal_at BETWEEN 0 AND 4611686018427387903)
) WITH (fillfactor = 50);

-- Sealed values cannot be compressed.
ALTER TABLE {sessions} ALTER COLUMN tokens SET STORAGE EXTERNAL;
ALTER TABLE {sessions} ALTER COLUMN journal SET STORAGE EXTERNAL;

COMMENT ON TABLE {sessions} IS 'OAuth sessions of oneteg-auth, sealed; do not edit';
