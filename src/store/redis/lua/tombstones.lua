--[[
  The tombstones of ended sessions. One user who signs in and out a hundred times a second must not fill the memory: of
  the ends of one user within an hour, only MOST_ENDS tombstones stay for the retention.
]]
local MOST_ENDS = 200  -- TOMBSTONES_PER_USER_AND_HOUR in limits.ts
local COUNTERS = 16384 -- of two bytes: users share them, each user has two, and the lower one counts
local SALT = 8         -- bytes in front of the counters: nobody can compute which users share a counter

--- Returns the tag that an entry in 'past' has behind the handle. By the tag, a list of one user skips other users'
--- entries without reading their records. It is one sign of 64: with two more signs, Redis needs 8 bytes more.
local function tag_of (user)
  return string.char(48 + tonumber(string.sub(redis.sha1hex(user), 1, 2), 16) % 64)
end

local function tombstone_entry (handle, user)
  return handle .. tag_of(user)
end

--- Returns the handle of an entry.
local function handle_in (entry)
  return string.sub(entry, 1, -2)
end

--- Returns the salt of this hour.
local function salt_of (ends)
  local salt = redis.call('GETRANGE', ends, 0, SALT - 1)
  if #salt == SALT then return salt end
  salt = string.sub(redis.sha1hex(session .. now_us), 1, SALT)
  redis.call('SET', ends, salt, 'PX', HOUR)
  return salt
end

--- Counts an end or a renewal of the user. Returns whether the user had too many within the hour. The count leaves out
--- the average that other users add to a counter.
local function is_frequent (what, user)
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

--- Ends an expired session. Returns what index_ended() takes, with the score that the session had before; its record;
--- and the deadline.
local function expire (s, key, how)
  local deadline, reason = deadline_of(s)
  local entry = { handle = handle_of(key), at = math.min(s.indexed, deadline), user = s.user }
  local text = finish(
    s, key, reason, { at = deadline, token = '-', by = '-', retention = how.retention, device = how.device }
  )
  return entry, text, deadline
end

--- Adds ended sessions, each with its user and the moment of its end, to the pending ends and to the tombstones. It
--- deletes two old tombstone entries: there may be no node that sweeps.
local function index_ended (ended, claimable, forgotten)
  for first = 1, #ended, 1000 do
    local claims, entries, brief_entries = {}, {}, {}
    for i = first, math.min(first + 999, #ended) do
      local one = ended[i]
      claims[#claims + 1], claims[#claims + 2] = claimable, one.handle
      if is_frequent('end', one.user) then
        brief_entries[#brief_entries + 1], brief_entries[#brief_entries + 2] = one.at, one.handle
      else
        entries[#entries + 1], entries[#entries + 2] = one.at, tombstone_entry(one.handle, one.user)
      end
    end
    redis.call('ZADD', pending, unpack(claims))
    if #entries > 0 then redis.call('ZADD', tombstones, unpack(entries)) end
    if #brief_entries > 0 then redis.call('ZADD', base .. 'brief', unpack(brief_entries)) end
  end
  keep_until(pending, forgotten)
  keep_until(tombstones, forgotten)
  keep_until(base .. 'brief', forgotten)
  for _, entry in ipairs(redis.call('ZRANGEBYSCORE', tombstones, '-inf', 2 * now - forgotten, 'LIMIT', 0, 2)) do
    if redis.call('EXISTS', base .. 's:' .. handle_in(entry)) == 0 then redis.call('ZREM', tombstones, entry) end
  end
end
