-- QuotaEngine::pause. Arguments: pause, tolerance, horizon.
local ends = now + math.max(tonumber(ARGV[1]), pause_left())
-- No burst follows: the first request is due by the tolerance after the end.
write(math.max(known(tonumber(ARGV[3])), ends + tonumber(ARGV[2])), 'paused', string.format('%.0f', ends))
return {'paused', 0, 0}
