--[[
  Claims the pending ends of one shard: of expired sessions, and of ended ones whose lease has run out. The script looks
  at a bounded number of each, whatever it finds.

  KEYS[1]  any key of the shard
  ARGV[1]  how many at most
  ARGV[2]  the lease, in ms
  ARGV[3]  in ms: the retention, and in ARGV[4] and ARGV[5] that of an anonymous session, that of a device
  Returns  { now in us, 1 when more ends are pending, { handle, record, … }, { handles of keys that hold no record of
             this package }, for how many ms the first of the expired sessions had been past its deadline }
]]
--@include session.lua
--@include tombstones.lua
local FORGOTTEN_AT_ONCE = 200

local limit, lease, retention, device = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
local claimed, foreign = {}, {}

fail_while_migrating()

--- Returns the first entries of an index whose score is not in the future.
local function reached_in (key, count)
  return redis.call('ZRANGEBYSCORE', key, '-inf', now, 'LIMIT', 0, count)
end

local function claim (handle, text)
  claimed[#claimed + 1] = handle
  claimed[#claimed + 1] = text
end

for _, handle in ipairs(reached_in(pending, limit)) do
  local key = session_key(handle)
  local text = read(key)
  if string.match(text or '', '^1 ended %l+ %d+ %-?%d+ %-?%d+ ') then
    redis.call('ZREM', pending, handle) -- first: a full Redis lets a script go on that has freed memory
    redis.call('ZADD', pending, now + lease, handle)
    claim(handle, with_device(text, key))
  elseif is_later(text) then
    redis.call('ZADD', pending, now + lease, handle) -- for a node of that version
  else
    redis.call('ZREM', pending, handle)
    redis.call('ZREM', base .. 'brief', handle)
  end
end

--- Leases that are longer than a lease come from a clock that was ahead. These claims have run out.
for _, handle in ipairs(redis.call('ZRANGEBYSCORE', pending, '(' .. now + lease, '+inf', 'LIMIT', 0, limit)) do
  redis.call('ZREM', pending, handle) -- first, as above
  redis.call('ZADD', pending, now, handle)
end

--- Corrects the times of a session, its entry in the index, and its record.
local function correct_session (s, key, text)
  correct_times(s)
  s.indexed = score_of(s)
  allow_when_full(handle_of(key))
  rewrite(s, key, text)
  index(s, key)
end

--- An entry has a score up to a second before the deadline. The session of such an entry waits if it is alive and its
--- entry is right. It does not count as more to do: a sweep would otherwise ask without a pause until the deadline.
local waiting, corrected = 0, 0
local function correct_index (s, key, text)
  local score = score_of(s)
  if not s.is_ahead and s.indexed == score and score <= now then
    waiting = waiting + 1
  else
    correct_session(s, key, text) -- it was active after the entry was written
    corrected = corrected + 1
  end
end

local finished, first_deadline = {}, now
for _, handle in ipairs(reached_in(deadlines, limit - #claimed / 2)) do
  if written > MAX_WRITTEN then break end
  local key = session_key(handle)
  local text = read(key)
  local s = parse(text)
  if s and s.state == 'live' then
    if deadline_of(s) > now then
      correct_index(s, key, text)
    else
      local entry, record, deadline = expire(s, key, { retention = retention, device = device })
      first_deadline = math.min(first_deadline, deadline)
      finished[#finished + 1] = entry
      claim(handle, record)
    end
  elseif is_later(text) then
    redis.call('ZADD', deadlines, now + lease, handle)
  else
    redis.call('ZREM', deadlines, handle)
    if text and not string.match(text, '^1 %l+ ') then foreign[#foreign + 1] = handle end
  end
end

--- Entries from a clock that was ahead stand at the other end of the index. A claim looks there when it has found fewer
--- ends than the caller asked for: the last claim of a sweep does.
local ahead = 0
for _, handle in ipairs(#claimed < 2 * limit and redis.call('ZRANGE', deadlines, -limit, -1) or {}) do
  local key = session_key(handle)
  local text = read(key)
  local s = parse(text)
  if s and s.state == 'live' and s.is_ahead and written <= MAX_WRITTEN then
    correct_session(s, key, text)
    ahead = ahead + 1
  end
end

if #finished > 0 then index_ended(finished, now + lease, now + retention) end
if #claimed > 0 then keep_until(pending, now + retention) end

--- Returns entries of old tombstones whose keys are gone, from anywhere in the index: the tombstone of an end that a
--- sweep noticed late lives longer than its neighbours.
local function forgotten_of (count)
  local old = redis.call('ZCOUNT', tombstones, '-inf', now - retention)
  if old == 0 then return {} end -- a range of no entries would mean all
  local first, gone = old > count and time[2] % (old - count + 1) or 0, {}
  for _, entry in ipairs(redis.call('ZRANGE', tombstones, first, first + math.min(old, count) - 1)) do
    if redis.call('EXISTS', session_key(handle_in(entry))) == 0 then gone[#gone + 1] = entry end
  end
  return gone
end

local forgotten = forgotten_of(FORGOTTEN_AT_ONCE)
if #forgotten > 0 then
  redis.call('ZREM', tombstones, unpack(forgotten))
end

local expired = redis.call('ZRANGEBYSCORE', base .. 'tokens', '-inf', now, 'LIMIT', 0, 1000)
if #expired > 0 then redis.call('ZREM', base .. 'tokens', unpack(expired)) end

-- Behind sessions that only wait, others may have expired. The next sweep claims those: no session waits longer than a
-- second.
local has_moved = #claimed > 0 or corrected > 0 or waiting == 0
local is_more = #reached_in(pending, 1) > 0 or has_moved and #reached_in(deadlines, waiting + 1) > waiting
  or #reached_in(base .. 'tokens', 1) > 0 or ahead == limit or #forgotten == FORGOTTEN_AT_ONCE
return { now_us, is_more and 1 or 0, claimed, foreign, now - first_deadline }
