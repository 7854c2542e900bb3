--[[
  What stays known of sessions that have ended. One user, who signs in and out a hundred times a second, must not fill the
  memory: of what ends within an hour, so many are kept.
]]
local MOST_ENDS = 200  -- MOST_ENDS_AN_HOUR in limits.ts
local COUNTERS = 16384 -- of two bytes: users share them, each has two, and the lower one counts
local SALT = 8         -- bytes in front of them, by which nobody knows who shares one with whom

--- What the entries of a user in 'past' have behind the handle: a list of one user passes over the others' without a look at
--- them. One sign of 64: Redis keeps an entry of two signs more in 8 bytes more.
local function tag_of (user)
  return string.char(48 + tonumber(string.sub(redis.sha1hex(user), 1, 2), 16) % 64)
end

local function past_entry (handle, user)
  return handle .. tag_of(user)
end

--- Without the tag.
local function handle_in (entry)
  return string.sub(entry, 1, -2)
end

--- The salt of this hour.
local function salt_of (ends)
  local salt = redis.call('GETRANGE', ends, 0, SALT - 1)
  if #salt == SALT then return salt end
  salt = string.sub(redis.sha1hex(session .. now_us), 1, SALT)
  redis.call('SET', ends, salt, 'PX', HOUR)
  return salt
end

--- Counts a session of the user that is over, an end or a renewal. Returns whether there have been many within the hour: more
--- than what the others have left on average in the counters of everybody.
local function is_one_of_many (what, user)
  if user == '-' then return false end
  local ends = base .. 'ends'
  local hash = redis.sha1hex(salt_of(ends) .. what .. user)
  local function counter (first)
    return '#' .. 8 * SALT / 16 + 2 + tonumber(string.sub(hash, first, first + 3), 16) % COUNTERS
  end
  local counts = redis.call(
    'BITFIELD', ends, 'OVERFLOW', 'SAT', 'INCRBY', 'u32', 8 * SALT, 1, 'INCRBY', 'u16', counter(1), 1,
    'INCRBY', 'u16', counter(5), 1
  )
  return math.min(counts[2], counts[3]) - 2 * counts[1] / COUNTERS > MOST_ENDS
end

--- Ends a session that is past its deadline. Returns what file() takes, in the place where lists had it already; its record;
--- and the deadline.
local function expire (s, key, how)
  local deadline, reason = deadline_of(s)
  local filed = { handle = handle_of(key), at = math.min(s.indexed, deadline), user = s.user }
  local text = finish(
    s, key, reason, { at = deadline, token = '-', by = '-', retention = how.retention, device = how.device }
  )
  return filed, text, deadline
end

--- Puts ended sessions, each with its user and the moment of its end, among those whose end is pending, and into the
--- history, from which two go that are forgotten: nobody may be sweeping.
local function file (ended, claimable, forgotten)
  for first = 1, #ended, 1000 do
    local pending, history, brief = {}, {}, {}
    for i = first, math.min(first + 999, #ended) do
      local one = ended[i]
      pending[#pending + 1], pending[#pending + 2] = claimable, one.handle
      if is_one_of_many('end', one.user) then
        brief[#brief + 1], brief[#brief + 2] = one.at, one.handle
      else
        history[#history + 1], history[#history + 2] = one.at, past_entry(one.handle, one.user)
      end
    end
    redis.call('ZADD', open, unpack(pending))
    if #history > 0 then redis.call('ZADD', past, unpack(history)) end
    if #brief > 0 then redis.call('ZADD', base .. 'brief', unpack(brief)) end
  end
  outlive(open, forgotten)
  outlive(past, forgotten)
  outlive(base .. 'brief', forgotten)
  for _, entry in ipairs(redis.call('ZRANGEBYSCORE', past, '-inf', 2 * now - forgotten, 'LIMIT', 0, 2)) do
    if redis.call('EXISTS', base .. 's:' .. handle_in(entry)) == 0 then redis.call('ZREM', past, entry) end
  end
end
