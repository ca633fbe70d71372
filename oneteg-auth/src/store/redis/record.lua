-- The beginning of every script: the server's time, and the record of one session with its numbers checked.
--
-- A session is one hash:
--
-- | Field | Holds |
-- |---|---|
-- | schema | the number below; it marks a hash as ours |
-- | version, fence | whole numbers |
-- | owner, leased_at, lease_ms | the lease; leased_at is empty if there is none |
-- | tokens, journal | sealed values; empty if there is none |
-- | tokens_refresh, journal_refresh | the hash of the refresh token of each |
-- | tokens_at, journal_at | dates; 'unknown' once a date was found to be in the future |
--
-- Dates are the server's, in milliseconds since 1970. A script writes at most once, and only after all its checks:
-- Redis undoes nothing of a script that fails in the middle.

local SCHEMA = 1
local FIELDS = {
    'schema', 'version', 'fence', 'owner', 'leased_at', 'lease_ms',
    'tokens', 'tokens_refresh', 'tokens_at', 'journal', 'journal_refresh', 'journal_at',
}

local key = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A whole number that a double holds exactly, also after counting on for long.
local function number(text)
    if string.find(text, '^%d+$') and #text <= 15 then return tonumber(text) end
end

local function text(number)
    return string.format('%.0f', number)
end

-- A date; an unknown one is later than any other.
local function date(written)
    if written == 'unknown' then return math.huge end
    return number(written)
end

-- The record; or nil and the reply that states why it cannot be used.
local function read()
    local found = redis.pcall('HMGET', key, unpack(FIELDS))
    if found.err then
        if string.find(found.err, '^WRONGTYPE') then return nil, {'altered', 'type'} end
        return nil, found
    end
    if not found[1] then
        if redis.call('EXISTS', key) == 1 then return nil, {'altered', 'mark'} end
        return {
            version = 0, fence = 0, owner = '', tokens = '', tokens_refresh = '', journal = '', journal_refresh = '',
        }
    end
    local schema = number(found[1])
    if not schema then return nil, {'altered', 'mark'} end
    if schema > SCHEMA then return nil, {'newer', schema} end
    local record = {}
    for index, field in ipairs(FIELDS) do
        record[field] = found[index] or ''
    end
    local function check(field, parse, optional)
        local written = record[field]
        if optional and written == '' then
            record[field] = nil
            return true
        end
        record[field] = parse(written)
        return record[field] ~= nil
    end
    if not check('version', number) then return nil, {'altered', 'version'} end
    if not check('fence', number) then return nil, {'altered', 'fence'} end
    if not check('leased_at', number, true) then return nil, {'altered', 'lease'} end
    if not check('lease_ms', number, record.leased_at == nil) then return nil, {'altered', 'lease'} end
    if not check('tokens_at', date, record.tokens == '') then return nil, {'altered', 'date of the tokens'} end
    if not check('journal_at', date, record.journal == '') then return nil, {'altered', 'date of the journal'} end
    return record
end

-- The milliseconds that the lease still lasts. A lease from the future means that the clock was set back; it counts as
-- run out.
local function remaining(record)
    if not record.leased_at then return 0 end
    if record.leased_at > now + record.lease_ms then return 0 end
    return math.max(0, record.leased_at + record.lease_ms - now)
end

-- Whether this lease is still held.
local function holds(record, fence, owner)
    return record.fence == tonumber(fence) and record.owner == owner and remaining(record) > 0
end

-- A date as it is written back. One that was once in the future stays unknown, even when the clock reaches it.
local function settled(at)
    if not at then return '' end
    if at > now then return 'unknown' end
    return text(at)
end

local function write(...)
    redis.call('HSET', key, 'schema', SCHEMA, ...)
end

-- Tells those who wait for this session. Without the permission they find out by polling.
local function notify(channel, session)
    redis.pcall('PUBLISH', channel, session)
end
