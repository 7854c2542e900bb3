--[[
  Reads some sessions whole, and records the activity of the requests that load them. The caller decides whether they
  are still alive. A session that is over, be it only by the timeouts that are given, is left as it is; so is an
  anonymous one.

  KEYS[1]  the first of the sessions
  ARGV[1]  "<throttle in ms>", or "<throttle in ms> <warnAfter> <expireAfter> <absoluteTimeout>" in force;
           '' records nothing
  ARGV[…]  of each other one, in the same shard: its handle, and the same as ARGV[1]
  Returns  { now in us, a word for each: the last activity before, if one was recorded, else '-'; then for each what its key
           holds, but that the last activity is now where one was recorded; '' for nothing, '?' for something else; nil when
           those before were too much already, and for one that failed though others did not: both may be tried again }
]]
--@include time.lua
local MUCH_TEXT = 131072 -- bytes: MUCH in session.lua
local SHORT = 10000 -- SLACK in record.lua
local LATEST = 9999999999999 -- the last moment of 13 digits
local RENEWED = string.byte('r') -- what the state of a session that was renewed begins with
local LAST = '21'   -- a text, as Redis takes it: where the last activity stands in the record of a live session whose times have 13 digits

--- What the keys of the shard begin with.
local function base_of (key)
  return string.match(key, '^.*}')
end

--- Writes what Redis has refused, if that was because it is full: it does not refuse that behind what would free something.
local function insist (refusal, ...)
  if not string.match(refusal.err, 'OOM') then error(refusal.err, 0) end
  redis.call('ZREM', base_of(KEYS[1]) .. 'open', '')
  redis.call(...)
end

--- What is rare. Its functions are made only when they are needed: that is a third of what a load costs.
local function look_closer (key, whole, throttle, timeouts)
--@include record.lua
--@include index.lua
  enter(key)

  --- Whether it is over by the stricter of its own timeouts and those in force.
  local function is_over (s)
    local strict, own = { started = s.started, last = s.last }, s.absolute
    set_timeouts(strict, timeouts)
    strict.expire = math.min(strict.expire, s.expire)
    if strict.absolute == '-' then strict.absolute = own elseif own ~= '-' then strict.absolute = math.min(strict.absolute, own) end
    return deadline_of(strict) <= now
  end

  --- Says as what a renewed session goes on, as told() of session.lua does. Fails where its root cannot be read
  --- though it may be there: the slot migrates, and that this session goes on as nothing would be wrong.
  local root, line, since = string.match(string.match(whole, '^[^\n]*'), '^1 renewed ([^ ]+) (%d+) (%d+)$')
  if root then
    local first = redis.pcall('GET', base .. 's:' .. root)
    if type(first) == 'table' and not string.match(first.err, 'WRONGTYPE') then error(first.err, 0) end
    if not first then settled() end
    return nil, in_front(type(first) == 'string' and first or nil, line, since)
  end

  local s = throttle and alive(whole)
  if not s or s.state ~= 'live' then return nil end
  local differs = timeouts ~= '' and timeouts ~= s.warn .. ' ' .. s.expire .. ' ' .. s.absolute
  local before, indexed = s.last, s.indexed
  local is_throttled = not s.is_ahead and now - before < throttle
  if is_throttled and not differs then return nil end
  if differs then
    if is_over(s) then return nil end
    set_timeouts(s, timeouts)
  end
  set_right(s)
  if not is_throttled then s.last = now end
  local is_moved = is_misplaced(s)
  if is_moved and not pcall(settled) then s.indexed, is_moved = indexed, false end -- where it is while the slot migrates
  if is_moved then
    allow_when_full(handle_of(key))
    index(s, key)
  end
  local text, body = text_of(s), body_of(whole)
  local command = { 'SET', key, text .. body, 'PXAT', life_of(s) }
  if #text + #body == #whole then command = { 'SETRANGE', key, 0, text } end
  local answer = redis.pcall(unpack(command))
  if type(answer) == 'table' and answer.err then insist(answer, unpack(command)) end
  if command[1] == 'SETRANGE' then redis.call('PEXPIREAT', key, life_of(s)) end
  return not is_throttled and before or nil, text .. body
end

--- Returns the last activity before, nil when none is recorded; and what the key holds by now, if that is more than another
--- last activity.
local function record_activity (key, whole, asked)
  local started_word, last_word, own, place =
    string.match(whole, '^1 live (%d+) (%d+) ([^ ]+ [^ ]+ [^ ]+) [^ ]+ (-?%d+) ')
  if not started_word then return nil end
  local throttle, timeouts = string.match(asked, '^(%S+) ?(.*)$')
  local started, last = tonumber(started_word), tonumber(last_word)
  throttle = tonumber(throttle)
  local is_usual = own == timeouts and #started_word == 13 and #last_word == 13 and #place < 10
    and started <= now and last <= now and now <= LATEST
  if not is_usual then return look_closer(key, whole, throttle, timeouts) end

  local expire, absolute = string.match(own, ' ([^ ]+) ([^ ]+)$')
  local idle = math.floor(expire * 1000 + 0.5)
  local limit = absolute == '-' and math.huge or started + math.floor(absolute * 1000 + 0.5)
  if last + idle <= now or limit <= now or now - last < throttle then return nil end
  local early = math.min(now + idle, limit) - started - 1000 * place
  if early < 0 or early >= SHORT then return look_closer(key, whole, throttle, timeouts) end
  local answer = redis.pcall('SETRANGE', key, LAST, now)
  if type(answer) == 'table' then insist(answer, 'SETRANGE', key, LAST, now) end
  return last_word
end

local answers, befores, bytes = { now_us, '' }, {}, 0

local function load (key, asked)
  if bytes > MUCH_TEXT then return nil, false end
  local whole = redis.pcall('GET', key)
  if type(whole) == 'table' then
    if not string.match(whole.err, 'WRONGTYPE') then error(whole.err, 0) end
    return nil, '?'
  end
  if not whole then
    -- While the slot migrates, that of another key than the first one may be on another node: this fails then.
    if key ~= KEYS[1] then redis.call('EXISTS', key, base_of(key) .. 'none') end
    return nil, ''
  end
  local before, changed
  if string.byte(whole, 3) == RENEWED then
    before, changed = look_closer(key, whole)
  elseif asked ~= '' then
    before, changed = record_activity(key, whole, asked)
  end
  whole = changed or (whole == '' and '?' or whole)
  bytes = bytes + #whole
  return before, whole
end

local count, failed = (#ARGV + 1) / 2, 0
if count == 1 then
  local before, whole = load(KEYS[1], ARGV[1])
  return { now_us, before or '-', whole }
end
for i = 1, count do
  local key = i == 1 and KEYS[1] or base_of(KEYS[1]) .. 's:' .. ARGV[2 * i - 2]
  local done, before, whole = pcall(load, key, ARGV[2 * i - 1])
  if not done then failed = failed + 1 end
  if failed == count then error(before, 0) end
  befores[i] = done and before or '-'
  answers[i + 2] = done and whole
end
answers[2] = table.concat(befores, ' ')
return answers
