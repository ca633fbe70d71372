-- TokenStore::release. Arguments: fence, owner, channel, session.
local record, problem = read()
if not record then return problem end

-- Also a lease that has run out.
if record.leased_at and record.fence == tonumber(ARGV[1]) and record.owner == ARGV[2] then
    write('owner', '', 'leased_at', '', 'lease_ms', '')
    notify(ARGV[3], ARGV[4])
end
return {'done'}
