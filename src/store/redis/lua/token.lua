--[[
  The functions that the verbs about tokens share. The record of a token consists of words (token-text.ts explains
  them).
]]
local token = KEYS[1]

--- Returns the text of a record; '' if there is none; '?' if the key holds another type.
local function read_token (key)
  local text = redis.pcall('GET', key)
  if type(text) ~= 'table' then return text or '' end
  if not string.match(text.err, 'WRONGTYPE') then error(text.err) end
  return '?'
end

--- Returns a record as a table; nil for a record of another version or of another token. The scripts do not change
--- those.
local function parse_token (text, wanted)
  local state, tracked, expires, revoked_at, by, id, user, note =
    string.match(text, '^1 (%l+) (%d+) (%d+) ([%d-]+) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+)$')
  if state ~= 'active' and state ~= 'revoked' or id ~= wanted then return nil end
  if not (is_time(tracked) and is_time(expires) and is_time(revoked_at)) then return nil end
  for _, word in ipairs({ by, id, user, note }) do
    if string.find(string.gsub(word, '%%%x%x', ''), '%', 1, true) then return nil end
  end
  return {
    state = state, tracked = tracked, expires = tonumber(expires), revoked_at = revoked_at, by = by,
    id = id, user = user, note = note
  }
end

local function text_of_token (t)
  local expires = string.format('%.0f', t.expires)
  return table.concat({ '1', t.state, t.tracked, expires, t.revoked_at, t.by, t.id, t.user, t.note }, ' ')
end

--- Writes a record, and keeps it until a moment. Lists name the token until it expires.
local function write_token (t, kept)
  local hash = string.sub(token, #base + 3)
  local expires = string.format('%.0f', t.expires)
  local text = text_of_token(t)
  fail_while_migrating()
  redis.call('SET', token, text, 'PXAT', string.format('%.0f', math.max(t.expires, kept)))
  for _, key in ipairs(t.user == '-' and { base .. 'tokens' } or { base .. 'tokens', base .. 'tu:' .. t.user }) do
    redis.call('ZADD', key, expires, hash)
    keep_until(key, t.expires)
  end
  if t.user ~= '-' then redis.call('ZREMRANGEBYSCORE', base .. 'tu:' .. t.user, '-inf', now) end
  return text
end

--- Returns the longest life that was given for a token which may still be alive, in ms.
local function longest_life ()
  local longest = redis.pcall('GET', base .. 'life')
  return type(longest) == 'string' and tonumber(longest) or 0
end

--- Keeps the longest life until the last tracked token has expired, even if that one has a shorter life.
local function remember_life (life)
  local longest, left = longest_life(), redis.call('PTTL', base .. 'life')
  if life <= longest and life <= left then return end
  local until_then = now + math.max(life, left)
  local longer = string.format('%.0f', math.max(life, longest))
  redis.call('SET', base .. 'life', longer, 'PXAT', string.format('%.0f', until_then))
end

--- Returns the moment until which a revocation of now is kept: for the longest life of a token, and for a least time.
local function kept_until (least)
  return now + math.max(least, longest_life())
end
