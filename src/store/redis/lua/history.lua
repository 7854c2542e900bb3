--[[
  What stays known of sessions that have ended. One user, who signs in and out a hundred times a second, must not fill the
  memory: of what ends within an hour, so many are kept.
]]
local MOST_ENDS = 200 -- MOST_ENDS_AN_HOUR in limits.ts
local COUNTERS = 16384 -- a byte each: users share them, each has two, and the lower one counts

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

--- Counts a session of the user that is over. Returns whether there have been many within the hour.
local function is_one_of_many (user)
  if user == '-' then return false end
  local ends, hash = base .. 'ends', redis.sha1hex(user)
  local function counter (first)
    return '#' .. tonumber(string.sub(hash, first, first + 3), 16) % COUNTERS
  end
  local counts = redis.call(
    'BITFIELD', ends, 'OVERFLOW', 'SAT', 'INCRBY', 'u8', counter(5), 1, 'INCRBY', 'u8', counter(9), 1
  )
  local count = math.min(counts[1], counts[2])
  if count == 1 and redis.call('PTTL', ends) < 0 then redis.call('PEXPIRE', ends, HOUR) end
  return count > MOST_ENDS
end

--- Puts ended sessions, each with its user and the moment of its end, among those whose end is pending, and into the
--- history.
local function file (ended, claimable, forgotten)
  for first = 1, #ended, 1000 do
    local pending, history, brief = {}, {}, {}
    for i = first, math.min(first + 999, #ended) do
      local one = ended[i]
      pending[#pending + 1], pending[#pending + 2] = claimable, one.handle
      if is_one_of_many(one.user) then
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
end
