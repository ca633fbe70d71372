-- TokenStore::commit. Arguments: fence, owner, expected version, sealed tokens, hash of their refresh token, channel,
-- session.
local record, problem = read()
if not record then return problem end
local sealed = ARGV[4]

-- A repetition, because the connection was lost before the reply: nobody else can have sealed the same bytes.
if record.tokens == sealed then return {'version', record.version} end
if not holds(record, ARGV[1], ARGV[2]) then return {'lost'} end
if record.version ~= tonumber(ARGV[3]) then return {'moved', record.version} end

write(
    'version', text(record.version + 1), 'tokens', sealed, 'tokens_refresh', ARGV[5], 'tokens_at', text(now),
    'journal', '', 'journal_refresh', '', 'journal_at', ''
)
notify(ARGV[6], ARGV[7])
return {'version', record.version + 1}
