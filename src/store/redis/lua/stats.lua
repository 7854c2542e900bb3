--[[
  Counts what a shard holds. Looks at no more than so many sessions, and counts the others like these.

  KEYS[1]  any key of the shard
  ARGV[1]  the retention, in ms
  Returns  { now in us, live, ended, expired, pending, for how many ms the first expired one has been past its deadline }
]]
--@include session.lua
--@include history.lua
local LOOKED_AT = 200

local function count (key, low, high)
  return redis.call('ZCOUNT', key, low, high)
end

--- How many entries above a score, and up to another, a function is true for. Of many it looks at some, evenly spread.
local function matching (key, above, high, is_matching, name_of)
  local first, all, found = count(key, '-inf', above), count(key, '(' .. above, high), 0
  local looked_at = math.min(all, LOOKED_AT)
  for i = 0, looked_at - 1 do
    local rank = first + math.floor((i + 0.5) * all / looked_at)
    local entry = redis.call('ZRANGE', key, rank, rank)[1]
    if entry and is_matching(session_key(name_of and name_of(entry) or entry)) then found = found + 1 end
  end
  return looked_at == 0 and 0 or math.floor(found / looked_at * all + 0.5)
end

--- An entry may stand too early by SLACK.
local function is_alive (key)
  return alive(read(key)) ~= nil
end

--- An end that was noticed late stays known for longer.
local function is_known (key)
  return redis.call('EXISTS', key) == 1
end

--- When the first deadline passed of those that nobody has come across. An entry may stand too early by SLACK: a later
--- one may have the earlier deadline, but none that stands behind a deadline already found. Behind an entry from before
--- CATCH_UP there is no session any more.
local function first_deadline ()
  local first, oldest = now, '(' .. (now - SLACK - CATCH_UP)
  local entries = redis.call('ZRANGE', due, oldest, now, 'BYSCORE', 'LIMIT', 0, LOOKED_AT, 'WITHSCORES')
  for i = 1, #entries, 2 do
    if tonumber(entries[i + 1]) >= first then break end
    local s = parse(read(session_key(entries[i])))
    if s and s.state == 'live' then first = math.min(first, (deadline_of(s))) end
  end
  return first
end

local near = now - SLACK
local late = matching(due, near, now, is_alive)
local live = count(due, '(' .. now, '+inf') + late
local expired = count(due, '-inf', now) - late
local known = matching(past, '-inf', now - ARGV[1], is_known, handle_in) + count(past, '(' .. (now - ARGV[1]), '+inf')
return { now_us, live, expired + known, expired, expired + redis.call('ZCARD', open), now - first_deadline() }
