-- The beginning of every script on a quota: the server's time, and what is kept of the quota. The algorithm is that of
-- `quota/gcra.rs`. Times are microseconds.
--
-- A quota is one hash that expires when it is as good as new:
--
-- | Field | Holds |
-- |---|---|
-- | next | when the next request would be due if all were evenly spaced |
-- | paused | the end of the last pause |

local LONGEST_PAUSE = 60 * 1000 * 1000

local key = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- A date. What is none counts as long ago: the quota starts again.
local function date(written)
    if written and string.find(written, '^%d+$') and #written <= 16 then return tonumber(written) end
    return 0
end

local stored = redis.call('HMGET', key, 'next', 'paused')
local following, paused = date(stored[1]), date(stored[2])

-- A pause that ends later than any pause can was set before the clock was set back.
local function pause_left()
    local left = paused - now
    if left < 0 or left > LONGEST_PAUSE then return 0 end
    return left
end

-- The same for the date of the next request.
local function known(horizon)
    if following > now + horizon then return 0 end
    return following
end

local function write(due, ...)
    redis.call('HSET', key, 'next', string.format('%.0f', due), ...)
    redis.call('PEXPIRE', key, math.ceil((due - now) / 1000) + 1000)
end
