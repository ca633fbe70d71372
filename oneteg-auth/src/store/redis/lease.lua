-- TokenStore::lease. Arguments: owner, milliseconds.
local record, problem = read()
if not record then return problem end
local owner, lease_ms = ARGV[1], ARGV[2]

if record.owner ~= owner then
    local left = remaining(record)
    if left > 0 then return {'held', left} end
end
local fence = record.fence + 1
write(
    'version', text(record.version), 'fence', text(fence),
    'owner', owner, 'leased_at', text(now), 'lease_ms', lease_ms,
    'tokens_at', settled(record.tokens_at), 'journal_at', settled(record.journal_at)
)
return {'granted', fence}
