--[[
  Claims the ends in one shard that nobody has acknowledged: of sessions past their deadline, and those whose claim has
  run out. Looks at no more than so many of each, whatever it finds.

  KEYS[1]  any key of the shard
  ARGV[1]  how many at most
  ARGV[2]  how long the claim holds, in ms
  ARGV[3]  the retention, that of an anonymous session, that of a device, in ms
  Returns  { now in us, 1 when more are due, { handle, record, … }, { handles of keys that hold no record of ours },
             for how many ms the first of the sessions past their deadline had been past it }
]]
--@include session.lua
--@include history.lua
local FORGOTTEN_AT_ONCE = 200

local limit, lease, retention, device = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
local claimed, foreign = {}, {}

settled()

local function due_in (key, count)
  return redis.call('ZRANGEBYSCORE', key, '-inf', now, 'LIMIT', 0, count)
end

local function claim (handle, text)
  claimed[#claimed + 1] = handle
  claimed[#claimed + 1] = text
end

for _, handle in ipairs(due_in(open, limit)) do
  local key = session_key(handle)
  local text = read(key)
  if string.match(text or '', '^1 ended %l+ %d+ %-?%d+ %-?%d+ ') then
    redis.call('ZREM', open, handle) -- first: a full Redis lets a script go on that has freed something
    redis.call('ZADD', open, now + lease, handle)
    claim(handle, with_device(text, key))
  elseif is_later(text) then
    redis.call('ZADD', open, now + lease, handle) -- for a node that knows it
  else
    redis.call('ZREM', open, handle)
    redis.call('ZREM', base .. 'brief', handle)
  end
end

--- A clock that was ahead has left claims that no lease explains: they have run out.
for _, handle in ipairs(redis.call('ZRANGEBYSCORE', open, '(' .. now + lease, '+inf', 'LIMIT', 0, limit)) do
  redis.call('ZREM', open, handle) -- first, as above
  redis.call('ZADD', open, now, handle)
end

local function correct (s, key, text)
  set_right(s)
  s.indexed = place_of(s)
  allow_when_full(handle_of(key))
  rewrite(s, key, text)
  index(s, key)
end

--- A session stands up to a second before its deadline: one that is alive, and stands in its place, waits there. It is
--- not more to do: a sweep that asked again at once would ask without a pause until the deadline.
local waiting, corrected = 0, 0
local function place_right (s, key, text)
  local place = place_of(s)
  if not s.is_ahead and s.indexed == place and place <= now then
    waiting = waiting + 1
  else
    correct(s, key, text) -- it has been active since
    corrected = corrected + 1
  end
end

local finished, first_deadline = {}, now
for _, handle in ipairs(due_in(due, limit - #claimed / 2)) do
  if written > MUCH then break end
  local key = session_key(handle)
  local text = read(key)
  local s = parse(text)
  if s and s.state == 'live' then
    if deadline_of(s) > now then
      place_right(s, key, text)
    else
      local filed, record, deadline = expire(s, key, { retention = retention, device = device })
      first_deadline = math.min(first_deadline, deadline)
      finished[#finished + 1] = filed
      claim(handle, record)
    end
  elseif is_later(text) then
    redis.call('ZADD', due, now + lease, handle)
  else
    redis.call('ZREM', due, handle)
    if text and not string.match(text, '^1 %l+ ') then foreign[#foreign + 1] = handle end
  end
end

--- A clock that was ahead has left its sessions at the other end. A claim looks there when it has found less than it was
--- asked for: the last claim of a sweep does.
local ahead = 0
for _, handle in ipairs(#claimed < 2 * limit and redis.call('ZRANGE', due, -limit, -1) or {}) do
  local key = session_key(handle)
  local text = read(key)
  local s = parse(text)
  if s and s.state == 'live' and s.is_ahead and written <= MUCH then
    correct(s, key, text)
    ahead = ahead + 1
  end
end

if #finished > 0 then file(finished, now + lease, now + retention) end
if #claimed > 0 then outlive(open, now + retention) end

--- Of the history that may be forgotten, some entries anywhere: an end that was noticed late stays known for longer.
local function forgotten_of (count)
  local old = redis.call('ZCOUNT', past, '-inf', now - retention)
  if old == 0 then return {} end -- a range of no entries would be one of all
  local first, gone = old > count and time[2] % (old - count + 1) or 0, {}
  for _, entry in ipairs(redis.call('ZRANGE', past, first, first + math.min(old, count) - 1)) do
    if redis.call('EXISTS', session_key(handle_in(entry))) == 0 then gone[#gone + 1] = entry end
  end
  return gone
end

local forgotten = forgotten_of(FORGOTTEN_AT_ONCE)
if #forgotten > 0 then
  redis.call('ZREM', past, unpack(forgotten))
end

local expired = redis.call('ZRANGEBYSCORE', base .. 'tokens', '-inf', now, 'LIMIT', 0, 1000)
if #expired > 0 then redis.call('ZREM', base .. 'tokens', unpack(expired)) end

-- Behind nothing but sessions that wait, others may be due. The next sweep claims them: none waits longer than a second.
local has_moved = #claimed > 0 or corrected > 0 or waiting == 0
local is_more = #due_in(open, 1) > 0 or has_moved and #due_in(due, waiting + 1) > waiting
  or #due_in(base .. 'tokens', 1) > 0 or ahead == limit or #forgotten == FORGOTTEN_AT_ONCE
return { now_us, is_more and 1 or 0, claimed, foreign, now - first_deadline }
