-- TokenStore::offer. Arguments: the attempt's version and the hash of its refresh token, sealed tokens, hash of their
-- refresh token, channel, session.
local record, problem = read()
if not record then return problem end
local sealed = ARGV[3]

-- A repetition, because the connection was lost before the reply.
if record.tokens == sealed then return {'version', record.version} end
-- The hash alone is not enough: some providers return the same refresh token again.
local same = record.tokens ~= '' and record.tokens_refresh == ARGV[2]
if not same or record.version ~= tonumber(ARGV[1]) then return {'moved', record.version} end

write(
    'version', text(record.version + 1), 'tokens', sealed, 'tokens_refresh', ARGV[4], 'tokens_at', text(now),
    'journal', '', 'journal_refresh', '', 'journal_at', ''
)
notify(ARGV[5], ARGV[6])
return {'version', record.version + 1}
