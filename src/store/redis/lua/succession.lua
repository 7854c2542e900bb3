--[[
  What a session goes on as, and what becomes of it: of the sessions of one shard.
]]
local MOST_FOLLOWED = 64
local MOST_SUCCESSORS = 4 -- as in store.ts

local function successors_in (text)
  return string.match(text or '', '^1 replaced ([^ ]+)$')
end

--- Whether so many requests have renewed a session at once that no other may.
local function is_renewed_enough (text)
  local _, commas = string.gsub(successors_in(text) or '', ',', '')
  return commas + 1 >= MOST_SUCCESSORS
end

--- The fork of a session that is alive or was renewed, nil when it has none. FORK_FIELD in replies.ts says what a fork
--- is.
local function fork_of (one)
  return redis.call('HGET', one.key, FORK) or nil
end

--- The sessions and those that they go on as, each once: { handle, key, text, s if alive }. Of forks, the forks above
--- are followed too. A fork was renewed: whatever is alive in its place is no fork, and not found.
local function follow (handles, are_forks)
  local chain, found, seen, is_fork = {}, {}, {}, {}
  local function add (handle, fork)
    if not handle or handle == '-' or seen[handle] then return end
    chain[#chain + 1] = handle
    seen[handle], is_fork[handle] = true, fork
  end
  for _, handle in ipairs(handles) do add(handle, are_forks) end
  for i = 1, MOST_FOLLOWED do
    local handle = chain[i]
    if not handle then break end
    local key = session_key(handle)
    local text = read(key)
    local successors = successors_in(text)
    found[i] = { handle = handle, key = key, text = text, s = not is_fork[handle] and alive(text) or nil }
    for successor in string.gmatch(successors or '-', '[^,]+') do add(successor) end
    if are_forks and successors then add(fork_of(found[i]), true) end
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

--- Living sessions, and behind them their twins: other sessions of their users that began as renewals of the same
--- session, or go on from one that did.
local function with_twins (living)
  local all, forks, users, known = {}, {}, {}, {}
  for i, one in ipairs(living) do
    all[i], users[one.s.user], known[one.handle] = one, true, true
    forks[#forks + 1] = fork_of(one)
  end
  for _, one in ipairs(living_in(follow(forks, true))) do
    if users[one.s.user] and not known[one.handle] then all[#all + 1] = one end
  end
  return all
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
  local text = '1 replaced ' .. table.concat(others, ',')
  redis.call('HSET', one.key, FIELD, text)
  return text
end

--- Makes a session that is renewed once more the fork of all that it goes on as, but for those with a fork in between:
--- that has this one as its own. Returns the fork of the session that renews it. One that is renewed for the first time
--- is no fork yet, and leaves its own.
local function fork_from (chain)
  local first, here = chain[1], {}
  local above = fork_of(first)
  if first.s then return above end
  for _, one in ipairs(chain) do here[one.handle] = true end
  for i, one in ipairs(chain) do
    if i > 1 and (one.s or string.find(successors_in(one.text) or '', ',', 1, true)) then
      local fork = fork_of(one)
      if not (fork and here[fork]) then
        above = above or fork
        redis.call('HSET', one.key, FORK, first.handle)
      end
    end
  end
  if above then redis.call('HSET', first.key, FORK, above) end
  return first.handle
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
