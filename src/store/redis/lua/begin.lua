--[[
  Begins a session, in the place of another one if so. One that has begun is answered as it is: a client that lost the
  answer asks again. (The ends that it caused are then left to a sweep.)

  KEYS[1]   the session
  ARGV[1]   "<state> <warnAfter> <expireAfter> <absoluteTimeout>"
  ARGV[2]   the user, or '-'
  ARGV[3]   "<address> <user agent>", or ''
  ARGV[4]   when it started, in ms, or '' for now
  ARGV[5]   the last activity, in ms, or '' for now
  ARGV[6]   the predecessor's handle, or ''
  ARGV[7]   what becomes of it: 'renewed', 'ended', 'dropped'
  ARGV[8]   how many sessions the user may have, or ''
  ARGV[9]   'displace' or 'refuse', when there are as many
  ARGV[10]  the lease, the retention, that of an anonymous session, in ms
  ARGV[13…] fields and values, alternating
  Returns   { now in ms, 'begun', the record, { handle, record, … of those that it ended } }
            { now in ms, 'full' }
            { now in ms, 'over', the handle of what is over, its record or nil }
]]
--@include session.lua
--@include succession.lua
local handle, user, predecessor, becomes, max = handle_of(session), ARGV[2], ARGV[6], ARGV[7], tonumber(ARGV[8])
local how = times_from(10, '-')

--- Of a user's other live sessions the oldest, as many as are too many with this one; a thousand at once. A
--- predecessor leaves its slot.
local function beyond_limit (leaving)
  local others, leaves = {}, {}
  for _, one in ipairs(leaving) do leaves[one.handle] = true end
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', user_key(user), '(' .. now - SLACK, '+inf')) do
    local key = session_key(other)
    local s = not leaves[other] and alive(read(key))
    if s and s.user == user then others[#others + 1] = { handle = other, key = key, s = s } end
  end
  table.sort(others, function (a, b)
    if a.s.started ~= b.s.started then return tonumber(a.s.started) < tonumber(b.s.started) end
    return a.handle < b.handle
  end)
  return { unpack(others, 1, math.min(#others + 1 - max, 1000)) }
end

local function moment (word)
  return word == '' and now or math.min(now, tonumber(word))
end

local text = read(session)
if alive(text) then return { now, 'begun', text, {} } end
if text then return { now, 'over', handle, text } end

local chain = predecessor == '' and {} or follow({ predecessor })
local living = living_in(chain)
if becomes == 'ended' then living = with_twins(living) end
if becomes == 'renewed' and (#living == 0 or is_renewed_enough(chain[1].text)) then return { now, 'over', predecessor, chain[1].text } end
local displaced = max and user ~= '-' and beyond_limit(living) or {}
if #displaced > 0 and ARGV[9] == 'refuse' then return { now, 'full' } end

settled()
local ended, fork = {}, nil
if becomes == 'renewed' then
  fork = fork_from(chain)
  add_successor(chain[1], handle, how)
end
if becomes == 'dropped' then drop(chain[1], how) end
if becomes == 'ended' then ended = end_each(living, 'logout', how) end
for _, word in ipairs(end_each(displaced, 'displaced', how)) do ended[#ended + 1] = word end

local state, timeouts = string.match(ARGV[1], '^(%l+) (.*)$')
local device = ARGV[3] == '' and '' or ' ' .. ARGV[3]
local s = { state = state, started = moment(ARGV[4]), last = moment(ARGV[5]), user = user, rest = device }
if becomes == 'renewed' then -- an activity that another request recorded for the predecessor meanwhile counts (G1)
  for _, one in ipairs(living) do s.last = math.min(now, math.max(s.last, tonumber(one.s.last))) end
end
set_timeouts(s, timeouts)
s.indexed = place_of(s)
text = write(s, session)
if fork then redis.call('HSET', session, FORK, fork) end
set_fields(session, 13, #ARGV)
index(s, session)
return { now, 'begun', text, ended }
