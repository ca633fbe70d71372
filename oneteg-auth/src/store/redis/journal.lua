-- TokenStore::journal. Arguments: fence, owner, sealed entry, hash of its refresh token; both empty to remove the entry.
local record, problem = read()
if not record then return problem end
if not holds(record, ARGV[1], ARGV[2]) then return {'lost'} end
local sealed, refresh = ARGV[3], ARGV[4]

local at = ''
if sealed ~= '' then
    at = text(now)
    -- An attempt keeps its first date when its state changes: the provider's replay window begins when the refresh
    -- token is first sent.
    if record.journal ~= '' and record.journal_refresh == refresh then at = settled(record.journal_at) end
end
write('journal', sealed, 'journal_refresh', refresh, 'journal_at', at)
return {'done'}
