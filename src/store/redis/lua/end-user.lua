--[[
  Ends sessions of a user: so many of those that had begun at the first call. From then on, none of those can be renewed,
  and no sign-in is kept whose request had arrived before: they may call again, until there are no more.

  KEYS[1]  any key of the shard
  ARGV[1]  the user
  ARGV[2]  the reason
  ARGV[3]  the mark that the first call returned, or ''
  ARGV[4]  how many at most
  ARGV[5]  the lease, the retention, that of an anonymous session, that of a device, in ms
  ARGV[9]  at the first call: the handle of the session that stays and is parted from its family, or ''. The script does
           nothing if that very session is not alive, or not of that user
  ARGV[10] who ends them, or '-'
  ARGV[11] the name of this call, kept with the mark
  ARGV[12] how many the calls before have left
  ARGV[13…] at the first call: handles of sessions that stay, or what these go on as; not their twins
  Returns  { now in us, the mark, 1 when there are more, { handle, record, … of those that it ended }, how many it left,
           because a later version keeps them }; the mark is '' when nothing was done
]]
--@include session.lua
--@include family.lua
--@include revocation.lua
local SOON = 10 -- us: no answer of this script has reached anybody sooner

local user, limit, skipped, mine = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[12]), user_key(ARGV[1])

--- Later than the beginning of every session that there is. One that began ahead of the clock counts as begun before.
local function new_mark ()
  local latest = math.max(now_us, (revocation_of(user)))
  local last = redis.call('ZRANGE', mine, whole(latest), '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES')[2]
  return math.max(latest, tonumber(last or 0)) + SOON
end

--- Finds the session as which one goes on, if that is alive and of that user.
local function theirs (handle)
  local one = line_of(look_at(handle))
  return one and one.s.user == user and one or nil
end

settled()
local own = ARGV[3] == '' and ARGV[9] ~= '' and look_at(ARGV[9])
if own and not (own.s and own.s.user == user) then return { now_us, '', 0, {}, 0 } end
local mark = tonumber(ARGV[3]) or new_mark()
if ARGV[3] == '' then
  allow_when_full('')
  redis.call('SET', base .. 'o:' .. user, whole(mark) .. ' ' .. ARGV[11], 'PX', MARK_LIFE)
  if own then
    redis.call('ZADD', mine, whole(mark), own.handle)
    sever(own)
  end
  for i = 13, #ARGV do
    local one = theirs(ARGV[i])
    if one then redis.call('ZADD', mine, whole(mark), one.handle) end
  end
end

local before = '(' .. whole(mark)
local over = redis.call('ZRANGEBYSCORE', mine, '-inf', before, 'LIMIT', skipped, limit) -- those that were left stand in front
if #over < limit then
  local ahead = '(' .. whole(math.max(mark, now_us))
  local first = math.max(0, skipped - redis.call('ZCOUNT', mine, '-inf', before))
  for _, handle in ipairs(redis.call('ZRANGEBYSCORE', mine, ahead, '+inf', 'LIMIT', first, limit - #over)) do over[#over + 1] = handle end
end
local living, left = {}, 0
for _, handle in ipairs(over) do
  local one = look_at(handle)
  if one.s and one.s.state == 'live' and one.s.user == user then living[#living + 1] = one
  elseif is_later(one.text) then left = left + 1
  else redis.call('ZREM', mine, handle) end
end
local how = times_from(5)
how.by = ARGV[10]
local ended = end_each(living, ARGV[2], how)
return { now_us, whole(mark), #over == limit and 1 or 0, ended, left }
