-- TokenStore::renew. Arguments: fence, owner, milliseconds.
local record, problem = read()
if not record then return problem end
if not holds(record, ARGV[1], ARGV[2]) then return {'lost'} end

write('leased_at', text(now), 'lease_ms', ARGV[3])
return {'done'}
