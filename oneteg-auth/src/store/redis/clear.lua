-- TokenStore::clear. Arguments: 'replace' if the caller could not open the sealed values, channel, session.
local record, problem = read()
if ARGV[1] ~= 'replace' then
    if not record then return problem end
    -- Numbers that somebody raised to their limit are lowered, so that they cannot fail the next lease.
    local version, fence = math.min(record.version, 1e14), math.min(record.fence, 1e14)
    write(
        'version', text(version + 1), 'fence', text(fence), 'tokens', '', 'tokens_refresh', '', 'tokens_at', '',
        'journal', '', 'journal_refresh', '', 'journal_at', ''
    )
else
    -- The holder of a lease on what nobody can read must not write any more. The time in milliseconds is higher than
    -- counting ever gets.
    local version, fence = now, now
    if record then
        version, fence = math.max(now, record.version + 1), math.max(now, record.fence + 1)
    end
    redis.call('DEL', key)
    write('version', text(version), 'fence', text(fence))
end
notify(ARGV[2], ARGV[3])
return {'done'}
