--[[
  What the verbs about tokens share. The record of a token is words (token-text.ts says which).
]]
local token = KEYS[1]

--- The text of a record; '' when there is none; '?' when the key holds something else.
local function read_token (key)
  local text = redis.pcall('GET', key)
  if type(text) ~= 'table' then return text or '' end
  if not string.match(text.err, 'WRONGTYPE') then error(text.err) end
  return '?'
end

local function write_token (text, expires, user)
  local hash = string.sub(token, #base + 3)
  settled()
  redis.call('SET', token, text, 'PXAT', expires)
  for _, key in ipairs(user == '-' and { base .. 'tokens' } or { base .. 'tokens', base .. 'tu:' .. user }) do
    redis.call('ZADD', key, expires, hash)
    outlive(key, tonumber(expires))
  end
  if user ~= '-' then redis.call('ZREMRANGEBYSCORE', base .. 'tu:' .. user, '-inf', now) end
  return text
end
