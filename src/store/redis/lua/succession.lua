--[[
  What a session goes on as, and what becomes of it: of the sessions of one shard.
]]
local MOST_FOLLOWED = 64
local MOST_SUCCESSORS = 16 -- as in store.ts

local function successors_in (text)
  return string.match(text or '', '^1 replaced ([^ ]+)$')
end

--- The session and those that it goes on as, each once: { handle, key, text, s if alive }.
local function follow (handle)
  local seen, chain, found = { [handle] = true }, { handle }, {}
  for i = 1, MOST_FOLLOWED do
    if not chain[i] then break end
    local key = session_key(chain[i])
    local text = read(key)
    found[i] = { handle = chain[i], key = key, text = text, s = alive(text) }
    for successor in string.gmatch(successors_in(text) or '-', '[^,]+') do
      if successor ~= '-' and not seen[successor] then
        seen[successor] = true
        chain[#chain + 1] = successor
      end
    end
  end
  return found
end

local function living_in (chain)
  local living = {}
  for _, one in ipairs(chain) do
    if one.s then living[#living + 1] = one end
  end
  return living
end

--- A session goes on under other ids, or under none: that is nobody's end. It stays known so long as a slow request may
--- hold it.
local function replace (one, successors, how)
  local s = one.s
  if s.state == 'live' then unindex(s, one.handle) end
  return supersede(one.key, '1 replaced ' .. successors, now + (s.state == 'live' and how.retention or how.anonymous))
end

--- Ends live sessions, claimed for the caller. Returns handles and records, alternating, of the authenticated ones.
local function end_each (living, reason, how)
  local handles, ended = {}, {}
  for _, one in ipairs(living) do
    if one.s.state == 'visitor' then
      replace(one, '-', how)
    else
      handles[#handles + 1] = one.handle
      ended[#ended + 1] = one.handle
      ended[#ended + 1] = finish(one.s, one.key, reason, { at = now, token = how.token, retention = how.retention })
    end
  end
  if #handles > 0 then file(handles, now + how.lease, now + how.retention) end
  return ended
end

--- Notes under which handle a session goes on, beside those that it goes on under already: several requests may renew
--- it at once.
local function add_successor (one, successor, how)
  if one.s then return replace(one, successor, how) end
  local others = {}
  for other in string.gmatch(successors_in(one.text), '[^,]+') do
    if other ~= successor then others[#others + 1] = other end
  end
  others[#others + 1] = successor
  local text = '1 replaced ' .. table.concat(others, ',', math.max(1, #others - MOST_SUCCESSORS + 1))
  redis.call('HSET', one.key, FIELD, text)
  return text
end

--- An anonymous session that somebody signed in to. Anything else stays.
local function drop (one, how)
  if one.s and one.s.state == 'visitor' then replace(one, '-', how) end
end

--- Reads the times that a verb is given, from there on in ARGV: the lease, the retention, that of an anonymous session,
--- in ms.
local function times_from (first, token)
  local lease, retention, anonymous = tonumber(ARGV[first]), tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
  return { token = token, lease = lease, retention = retention, anonymous = anonymous }
end
