--[[
  Ends sessions of a user: a bounded number of those that had begun at the first call. From the first call on, none of
  those can be renewed, and no sign-in is kept whose request had arrived before. The caller repeats the call until no
  session is left.

  KEYS[1]   any key of the shard
  ARGV[1]   the user
  ARGV[2]   the reason
  ARGV[3]   the mark that the first call returned, or ''
  ARGV[4]   how many at most
  ARGV[5]   in ms: the lease, and in ARGV[6…8] the retention, that of an anonymous session, that of a device
  ARGV[9]   at the first call: the handle of the session that stays and is removed from its family, or ''. The script
            does nothing if that session is not alive or belongs to another user
  ARGV[10]  the name of the person who ends the sessions, or '-'
  ARGV[11]  the name of this call, kept with the mark
  ARGV[12]  how many sessions the calls before have left
  ARGV[13…] at the first call: handles of sessions that stay. Their successors stay too, but not their twins
  Returns   { now in us, the mark, 1 when there are more, { handle, record, … of the sessions that the script ended },
              how many it left because a later version of this package keeps them }; the mark is '' if it did nothing
]]
--@include session.lua
--@include family.lua
--@include revocation.lua
local SOON = 10 -- us: no answer of this script reaches a client sooner

local user, limit, skipped, user_index = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[12]), user_key(ARGV[1])

--- Returns a moment later than the beginning of every session of the user. A session whose beginning is ahead of the
--- clock counts as begun before.
local function new_mark ()
  local latest = math.max(now_us, (revocation_of(user)))
  local last = redis.call('ZRANGE', user_index, whole(latest), '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES')[2]
  return math.max(latest, tonumber(last or 0)) + SOON
end

--- Returns the latest successor of a session, or the session itself; nil if it is over or of another user.
local function successor_of (handle)
  local one = latest_in_line(look_up(handle))
  return one and one.s.user == user and one or nil
end

fail_while_migrating()
local own = ARGV[3] == '' and ARGV[9] ~= '' and look_up(ARGV[9])
if own and not (own.s and own.s.user == user) then return { now_us, '', 0, {}, 0 } end
local mark = tonumber(ARGV[3]) or new_mark()
if ARGV[3] == '' then
  allow_when_full('')
  redis.call('SET', base .. 'o:' .. user, whole(mark) .. ' ' .. ARGV[11], 'PX', MARK_LIFE)
  if own then
    redis.call('ZADD', user_index, whole(mark), own.handle)
    remove_from_family(own)
  end
  for i = 13, #ARGV do
    local one = successor_of(ARGV[i])
    if one then redis.call('ZADD', user_index, whole(mark), one.handle) end
  end
end

local before = '(' .. whole(mark)
-- The sessions that the calls before have left come first, so the script skips them.
local candidates = redis.call('ZRANGEBYSCORE', user_index, '-inf', before, 'LIMIT', skipped, limit)
if #candidates < limit then
  local ahead = '(' .. whole(math.max(mark, now_us))
  local first = math.max(0, skipped - redis.call('ZCOUNT', user_index, '-inf', before))
  local later = redis.call('ZRANGEBYSCORE', user_index, ahead, '+inf', 'LIMIT', first, limit - #candidates)
  for _, handle in ipairs(later) do candidates[#candidates + 1] = handle end
end
local living, left = {}, 0
for _, handle in ipairs(candidates) do
  local one = look_up(handle)
  if one.s and one.s.state == 'live' and one.s.user == user then living[#living + 1] = one
  elseif is_later(one.text) then left = left + 1
  else redis.call('ZREM', user_index, handle) end
end
local how = times_from(5)
how.by = ARGV[10]
local ended = end_each(living, ARGV[2], how)
return { now_us, whole(mark), #candidates == limit and 1 or 0, ended, left }
