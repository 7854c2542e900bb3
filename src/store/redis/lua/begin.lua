--[[
  Begins a session, as the successor of another one if the caller names one. A session that has begun already is
  answered as it is: a client that lost the answer asks again. (A sweep then claims the ends that the first call
  caused.)

  KEYS[1]   the session
  ARGV[1]   "<state> <warnAfter> <expireAfter> <absoluteTimeout>"
  ARGV[2]   the user, or '-'
  ARGV[3]   "<address> <user agent> [<moment of the person's authentication, in ms, or - for now> <how>]", or ''
  ARGV[4]   the start, in ms, or '' for now
  ARGV[5]   the last activity, in ms, or '' for now
  ARGV[6]   "<us since the arrival of the request> <the revocation that was called before, or ->
            <the earliest moment at which the request can have arrived, in us, or ->"
  ARGV[7]   the predecessor's handle, or ''
  ARGV[8]   what becomes of the predecessor: 'renewed', 'ended', 'dropped'
  ARGV[9]   how many sessions the user may have, or ''
  ARGV[10]  what to do at that limit: 'displace' or 'refuse'
  ARGV[11]  in ms: the lease, and in ARGV[12…14] the retention, that of an anonymous session, that of a device
  ARGV[15]  the contents
  ARGV[16]  of a renewal: takes over 'only' these fields from the predecessor as it is now, or all 'except' these; ''
  ARGV[17]  these fields, as lines of fields
  ARGV[18]  the most bytes that the contents may then have
  ARGV[19]  the most fields
  Returns   { now in us, 'begun', the record, { handle, record, … of the sessions that the script ended } }
            { now in us, 'full' }     the user has as many sessions as allowed
            { now in us, 'revoked' }  all sessions of the user were ended after this one had begun
            { now in us, 'unsure' }   the earliest moment does not tell whether they were
            { now in us, 'crowded', { handle, record, … of the sessions that the script ended } }
                                      there are too many for one call: the caller asks again
            { now in us, 'large', how many bytes the contents would have, and how many fields }
            { now in us, 'over', the handle of the session that is over, its record or nil }
]]
--@include session.lua
--@include family.lua
--@include revocation.lua
--@include contents.lua
local MOST_AT_ONCE = 50 -- AT_ONCE in batch.ts

local handle, user, becomes, max = handle_of(session), ARGV[2], ARGV[8], tonumber(ARGV[9])
local state, timeouts = string.match(ARGV[1], '^(%l+) (.*)$')
local is_listed = state == 'live' and user ~= '-'
local how = times_from(11)

--- Returns a user's other live sessions, the oldest first, and the expired ones that no sweep has ended yet. It looks
--- at the first `most` entries, and deletes entries without a session. A predecessor releases its slot. The third value
--- says whether the index may have more sessions that count.
local function others_of (leaving, most)
  local others, expired, leaves, forgotten = {}, {}, {}, 0
  for _, one in ipairs(leaving) do leaves[one.handle] = true end
  local handles = redis.call('ZRANGE', user_key(user), 0, most - 1)
  for _, other in ipairs(handles) do
    local one = not leaves[other] and look_up(other) or {}
    local s = parse(one.text)
    if one.s and one.s.user == user then
      others[#others + 1] = one
    elseif s and s.state == 'live' and s.user == user then
      expired[#expired + 1] = { handle = other, key = one.key, s = s }
    elseif one.handle and not is_later(one.text) then
      redis.call('ZREM', user_key(user), other)
      forgotten = forgotten + 1
    end
  end
  table.sort(others, function (a, b)
    if a.s.started ~= b.s.started then return tonumber(a.s.started) < tonumber(b.s.started) end
    return a.handle < b.handle
  end)
  return others, expired, #handles == most and #expired + forgotten > 0
end

--- Ends the first of the expired sessions, as a sweep does.
local function end_expired (expired)
  local to_index, ended = {}, {}
  for i = 1, math.min(#expired, MOST_AT_ONCE) do
    ended[2 * i - 1] = expired[i].handle
    to_index[i], ended[2 * i] = expire(expired[i].s, expired[i].key, how)
  end
  index_ended(to_index, now + how.lease, now + how.retention)
  return ended
end

--- Returns the new contents and their number of fields: its own fields, and those taken over from another session.
local function contents_with (other)
  local named = {}
  for field in string.gmatch(ARGV[17], '\n=([^\n]*)') do named[field] = true end
  local function is_taken (field)
    return (ARGV[16] == 'only') == (named[field] or false)
  end
  local own, count = selected(ARGV[15], function (field) return not is_taken(field) end)
  local taken, more = selected(read_body(other), is_taken)
  return own .. taken, count + more
end

local function moment (word)
  return word == '' and now or math.min(now, tonumber(word))
end

--- Returns device and authentication as the end of the record. The authentication is dated by this clock.
local function rest_of (words)
  local device, at, methods = string.match(words, '^(%S+ %S+) (%S+) (%S+)$')
  if not device then return words == '' and '' or ' ' .. words end
  return ' ' .. device .. ' ' .. moment(at == '-' and '' or at) .. ' ' .. methods
end

local text = read(session)
local known = alive(text)
if known and known.state == state and known.user == user then return { now_us, 'begun', text, {} } end
if text then return { now_us, 'over', handle, record_for_caller(text) } end

local one = ARGV[7] ~= '' and look_up(ARGV[7]) or {}
local found, root, members = {}, nil, nil
if one.handle then found, root, members = family_of(one) end
local living = living_in(found)
if becomes == 'renewed' and not one.s and (#living == 0 or #living >= MOST_MEMBERS) then
  return { now_us, 'over', one.handle, record_for_caller(one.text, one.key) }
end
local leaving = becomes == 'ended' and signed_out_with(one, living) or { becomes == 'renewed' and one.s and one or nil }
if not is_listed or becomes == 'renewed' and one.s and one.s.user == user then max = nil end
local others, expired, is_more = {}, {}, false
if max then
  fail_while_migrating()
  -- With fewer entries, the user has fewer sessions: the script need not look which of them are alive.
  if redis.call('ZCARD', user_key(user)) >= max then
    others, expired, is_more = others_of(leaving, max + MOST_AT_ONCE + #leaving)
  end
end
if is_more then
  return { now_us, 'crowded', end_expired(expired) }
end
local excess = max and #others + 1 - max or 0
if becomes == 'renewed' and not one.s and excess > 0 then
  return { now_us, 'over', one.handle, record_for_caller(one.text, one.key) }
end
if excess > 0 and ARGV[10] == 'refuse' then return { now_us, 'full' } end
local mark, call = revocation_of(user)
local earliest, latest = arrival_of(ARGV[6], mark, call)
local began = becomes == 'renewed' and one.s and one.s.user == user and beginning_of(one) or latest
if is_listed and (math.min(began, latest) < mark or latest < now_us - 1000 * MARK_LIFE) then
  return { now_us, 'revoked' }
end
if is_listed and earliest < mark then return { now_us, 'unsure' } end

if excess > MOST_AT_ONCE then
  fail_while_migrating()
  return { now_us, 'crowded', end_each({ unpack(others, 1, MOST_AT_ONCE) }, 'displaced', how) }
end
local ended, body = {}, ARGV[15]
if ARGV[16] ~= '' then
  local fields
  body, fields = contents_with((latest_in_line(one) or living[1]).key)
  local bytes, count = bytes_of(body, fields), counted(body, fields)
  if bytes > tonumber(ARGV[18]) or count > tonumber(ARGV[19]) then return { now_us, 'large', bytes, count } end
end
fail_while_migrating()
if becomes == 'renewed' then renew(one, living, root, members, handle, how) end
if becomes == 'dropped' then drop(one, how) end
if becomes == 'ended' then ended = end_each(leaving, 'logout', how) end
local displaced = { unpack(others, 1, math.max(excess, 0)) }
for _, word in ipairs(end_each(displaced, 'displaced', how)) do ended[#ended + 1] = word end

local rest = rest_of(ARGV[3])
local s = { state = state, started = moment(ARGV[4]), last = moment(ARGV[5]), user = user, root = '-', rest = rest }
if becomes == 'renewed' then
  s.root = root
  -- An activity counts that another request recorded for the predecessor meanwhile (G1: activity never moves back).
  for _, other in ipairs(one.s and { one } or living) do
    s.last = math.min(now, math.max(s.last, tonumber(other.s.last)))
    if mark_of(other.s) then s.rest = marked(rest, mark_of(other.s)) end
  end
end
set_timeouts(s, timeouts)
s.indexed = score_of(s)
text = write(s, session, body)
if is_listed then list_for_user(s, handle, began) end
index(s, session)
return { now_us, 'begun', text, ended }
