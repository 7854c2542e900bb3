--[[
  Counts the sessions of a shard. The script looks at a bounded number of sessions, and estimates the others from these.

  KEYS[1]  any key of the shard
  ARGV[1]  the retention, in ms
  Returns  { now in us, live, ended, expired, pending, the ms since the deadline of the first expired one }
]]
--@include session.lua
--@include tombstones.lua
local LOOKED_AT = 200

local function count (key, low, high)
  return redis.call('ZCOUNT', key, low, high)
end

--- Returns for how many entries above one score, and up to another, a function is true. If there are many, it looks at
--- some of them, evenly spread.
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

--- Whether the session is alive. Its entry may be too early by SLACK.
local function is_alive (key)
  return alive(read(key)) ~= nil
end

--- Whether the tombstone is still there. That of an end that was noticed late stays longer.
local function is_known (key)
  return redis.call('EXISTS', key) == 1
end

--- Returns the first deadline of the expired sessions that no sweep has ended. An entry may be too early by SLACK, so a
--- later entry may have an earlier deadline; none behind a deadline that is already found has. Entries from before
--- CATCH_UP have no session any more.
local function first_deadline ()
  local first, oldest = now, '(' .. (now - SLACK - CATCH_UP)
  local entries = redis.call('ZRANGE', deadlines, oldest, now, 'BYSCORE', 'LIMIT', 0, LOOKED_AT, 'WITHSCORES')
  for i = 1, #entries, 2 do
    if tonumber(entries[i + 1]) >= first then break end
    local s = parse(read(session_key(entries[i])))
    if s and s.state == 'live' then first = math.min(first, (deadline_of(s))) end
  end
  return first
end

local near = now - SLACK
local late = matching(deadlines, near, now, is_alive)
local live = count(deadlines, '(' .. now, '+inf') + late
local expired = count(deadlines, '-inf', now) - late
local known = matching(tombstones, '-inf', now - ARGV[1], is_known, handle_in)
  + count(tombstones, '(' .. (now - ARGV[1]), '+inf')
return { now_us, live, expired + known, expired, expired + redis.call('ZCARD', pending), now - first_deadline() }
