--[[
  Reads some sessions with their contents, and records the activity of the requests that load them. The caller decides
  whether they are still alive. The script does not change an anonymous session, nor one that is over, even if it is
  over only by the timeouts that the caller gives.

  KEYS[1]  the first of the sessions
  ARGV[1]  "<throttle in ms>", or "<throttle in ms> <warnAfter> <expireAfter> <absoluteTimeout>" in force;
           '' records nothing
  ARGV[…]  for each other session of the same shard: its handle, and the same as ARGV[1]
  Returns  { now in us, a word for each session: the last activity before, if the script recorded one, else '-'; then
             for each session the text of its key, with the new last activity; '' for none, '?' for another type. nil
             stands for a session that the caller may try again: it failed though others did not, or the sessions before
             it were too large }
]]
--@include time.lua
local MAX_BYTES = 131072 -- MAX_WRITTEN in session.lua
local SHORT = 10000 -- SLACK in record.lua
local LATEST = 9999999999999 -- the last moment of 13 digits
local RENEWED = string.byte('r') -- the state 'renewed' begins with it
local LAST = '21' -- the offset of the last activity in the record of a live session, if the times have 13 digits

--- Returns the beginning of all keys of the shard.
local function base_of (key)
  return string.match(key, '^.*}')
end

--- Repeats a write that Redis refused because it is full. Redis accepts it after a command that would free memory.
local function write_when_full (refusal, ...)
  if not string.match(refusal.err, 'OOM') then error(refusal.err, 0) end
  redis.call('ZREM', base_of(KEYS[1]) .. 'open', '')
  redis.call(...)
end

--- Handles the rare cases. Its inner functions are made only when a case needs them: they are a third of the time that
--- a load takes.
local function load_unusual (key, whole, throttle, timeouts)
--@include record.lua
--@include index.lua
  enter(key)

  --- Whether the session is over by the stricter of its own timeouts and those in force.
  local function is_over (s)
    local strict, own = { started = s.started, last = s.last }, s.absolute
    set_timeouts(strict, timeouts)
    strict.expire = math.min(strict.expire, s.expire)
    if strict.absolute == '-' then strict.absolute = own
    elseif own ~= '-' then strict.absolute = math.min(strict.absolute, own) end
    return deadline_of(strict) <= now
  end

  --- Answers with the family of a renewed session, as record_for_caller() of session.lua does. It fails if it cannot
  --- read the root while the slot migrates: the answer that the session has no successor would be wrong.
  local root, line, since = string.match(string.match(whole, '^[^\n]*'), '^1 renewed ([^ ]+) (%d+) (%d+)$')
  if root then
    local first = redis.pcall('GET', base .. 's:' .. root)
    if type(first) == 'table' and not string.match(first.err, 'WRONGTYPE') then error(first.err, 0) end
    if not first then fail_while_migrating() end
    return nil, record_of_renewed(type(first) == 'string' and first or nil, line, since)
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
  correct_times(s)
  if not is_throttled then s.last = now end
  local is_moved = is_misplaced(s)
  -- While the slot migrates, the index stays as it is.
  if is_moved and not pcall(fail_while_migrating) then s.indexed, is_moved = indexed, false end
  if is_moved then
    allow_when_full(handle_of(key))
    index(s, key)
  end
  local text, body = text_of(s), body_of(whole)
  local command = { 'SET', key, text .. body, 'PXAT', expiry_of(s) }
  if #text + #body == #whole then command = { 'SETRANGE', key, 0, text } end
  local answer = redis.pcall(unpack(command))
  if type(answer) == 'table' and answer.err then write_when_full(answer, unpack(command)) end
  if command[1] == 'SETRANGE' then redis.call('PEXPIREAT', key, expiry_of(s)) end
  return not is_throttled and before or nil, text .. body
end

--- Returns the last activity before, nil if the script records none. The second value is the text of the key, if more
--- than the last activity changed.
local function record_activity (key, whole, asked)
  local started_word, last_word, own, indexed =
    string.match(whole, '^1 live (%d+) (%d+) ([^ ]+ [^ ]+ [^ ]+) [^ ]+ (-?%d+) ')
  if not started_word then return nil end
  local throttle, timeouts = string.match(asked, '^(%S+) ?(.*)$')
  local started, last = tonumber(started_word), tonumber(last_word)
  throttle = tonumber(throttle)
  local is_usual = own == timeouts and #started_word == 13 and #last_word == 13 and #indexed < 10
    and started <= now and last <= now and now <= LATEST
  if not is_usual then return load_unusual(key, whole, throttle, timeouts) end

  local expire, absolute = string.match(own, ' ([^ ]+) ([^ ]+)$')
  local idle = math.floor(expire * 1000 + 0.5)
  local limit = absolute == '-' and math.huge or started + math.floor(absolute * 1000 + 0.5)
  if last + idle <= now or limit <= now or now - last < throttle then return nil end
  local early = math.min(now + idle, limit) - started - 1000 * indexed
  if early < 0 or early >= SHORT then return load_unusual(key, whole, throttle, timeouts) end
  local answer = redis.pcall('SETRANGE', key, LAST, now)
  if type(answer) == 'table' then write_when_full(answer, 'SETRANGE', key, LAST, now) end
  return last_word
end

local answers, befores, bytes = { now_us, '' }, {}, 0

local function load (key, asked)
  if bytes > MAX_BYTES then return nil, false end
  local whole = redis.pcall('GET', key)
  if type(whole) == 'table' then
    if not string.match(whole.err, 'WRONGTYPE') then error(whole.err, 0) end
    return nil, '?'
  end
  if not whole then
    -- While the slot migrates, another node may have any key but the first: the script then fails.
    if key ~= KEYS[1] then redis.call('EXISTS', key, base_of(key) .. 'none') end
    return nil, ''
  end
  local before, changed
  if string.byte(whole, 3) == RENEWED then
    before, changed = load_unusual(key, whole)
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
