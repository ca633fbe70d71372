-- TokenStore::load.
local record, problem = read()
if not record then return problem end

-- -1 if it is unknown.
local function age(at)
    if not at or at > now then return -1 end
    return now - at
end

return {
    'session', record.version,
    record.tokens, record.tokens_refresh, age(record.tokens_at),
    record.journal, record.journal_refresh, age(record.journal_at),
}
