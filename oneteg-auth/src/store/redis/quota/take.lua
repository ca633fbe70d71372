-- QuotaEngine::take_slot. Arguments: interval, tolerance, longest wait, horizon.
local interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = math.max(known(tonumber(ARGV[4])), now)
local scheduled = math.max(due - tolerance, now)
local wait = scheduled - now
if wait > tonumber(ARGV[3]) then
    return {'later', wait, pause_left()}
end
write(due + interval)
return {'taken', wait, scheduled}
