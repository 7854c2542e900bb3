--[[
  Reads some sessions whole, and records the activity of the requests that load them. The caller decides whether they
  are still alive. A session that is over, be it only by the timeouts that are given, is left as it is; so is an
  anonymous one.

  KEYS[i]  the sessions
  ARGV[i]  "<throttle in ms>", or "<throttle in ms> <warnAfter> <expireAfter> <absoluteTimeout>" in force;
           '' records nothing
  Returns  { now in us, for each: its fields and values, alternating, as lines of a text, or as a list when they are
           long, and behind them the last activity before, if one was recorded; '?' when the key holds something else;
           nil when those before were too much already, and for one that failed though others did not: both may be tried
           again }
]]
--@include record.lua
local MUCH = 524288 -- bytes: a millisecond
local LONG = 2048   -- bytes: Lua joins short texts faster than it hands a list over, and long ones slower

local answers, bytes = { now_us }, 0

local function shorter (a, b)
  if a == '-' then return b end
  return b == '-' and a or math.min(a, b)
end

--- Whether it is over by the stricter of its own timeouts and others.
local function is_over (s, expire, absolute)
  local strict = { started = s.started, last = s.last }
  strict.expire, strict.absolute = math.min(s.expire, expire), shorter(s.absolute, absolute)
  return deadline_of(strict) <= now
end

--- Moves the index entry to where the record says. While the slot migrates, it stays where it is. (Included here, the
--- functions are made only when they are needed: that is a tenth of what a load costs.)
local function move (s, key)
--@include index.lua
  enter(key)
  if not pcall(settled) then return false end
  allow_when_full(handle_of(key))
  index(s, key)
  return true
end

--- Writes the record. A full Redis refuses that as the first write, and not behind one that would free something.
local function put (key, text)
  local answer = redis.pcall('HSET', key, FIELD, text)
  if type(answer) ~= 'table' or not answer.err then return end
  if not string.match(answer.err, 'OOM') then error(answer.err, 0) end
  redis.call('ZREM', string.match(key, '^.*}') .. 'open', '')
  redis.call('HSET', key, FIELD, text)
end

--- Returns the record and the last activity before; nil when nothing is recorded.
local function record_activity (key, text, asked)
  local s = alive(text)
  if not s or s.state ~= 'live' then return nil end
  local throttle, warn, expire, absolute = string.match(asked, '^(%S+) ?(%S*) ?(%S*) ?(%S*)$')
  local differs = warn ~= '' and (warn ~= s.warn or expire ~= s.expire or absolute ~= s.absolute)
  local before, idle = s.last, now - s.last
  local is_throttled = not s.is_ahead and idle < tonumber(throttle)
  if is_throttled and not differs then return nil end
  if differs then
    if is_over(s, expire, absolute) then return nil end
    s.warn, s.expire, s.absolute = warn, expire, absolute
  end
  local indexed = s.indexed
  set_right(s)
  if not is_throttled then s.last = now end
  if is_misplaced(s) and not move(s, key) then s.indexed = indexed end
  text = text_of(s)
  put(key, text)
  return text, before
end

--- Says as what a renewed session goes on, as told() of session.lua does. Fails where its root cannot be read
--- though it may be there: the slot migrates, and that this session goes on as nothing would be wrong.
local function renewed (key, root, line, since)
  local first = redis.pcall('HGET', string.match(key, '^.*}') .. 's:' .. root, FIELD)
  if type(first) == 'table' and not string.match(first.err, 'WRONGTYPE') then error(first.err, 0) end
  if not first then redis.call('EXISTS', key, string.match(key, '^.*}') .. 'none') end -- settled() of index.lua
  return in_front(type(first) == 'string' and first or nil, line, since)
end

local function load (key, asked)
  if bytes > MUCH then return false end
  local fields = redis.pcall('HGETALL', key)
  if fields.err and not string.match(fields.err, 'WRONGTYPE') then error(fields.err, 0) end
  if fields.err then return '?' end
  local size, before = 0, nil
  for i = 1, #fields, 2 do
    size = size + #fields[i + 1]
    if fields[i] == FIELD and string.sub(fields[i + 1], 1, 10) == '1 renewed ' then
      fields[i + 1] = string.gsub(
        fields[i + 1], '^1 renewed ([^ ]+) (%d+) (%d+)$', function (...) return renewed(key, ...) end
      )
    end
    if asked ~= '' and fields[i] == FIELD then
      local text
      text, before = record_activity(key, fields[i + 1], asked)
      fields[i + 1] = text or fields[i + 1]
    end
  end
  bytes = bytes + size
  fields[#fields + 1] = before
  return size > LONG and fields or table.concat(fields, '\n')
end

local failed = 0
for i, key in ipairs(KEYS) do
  local done, answer = pcall(load, key, ARGV[i])
  if not done then failed = failed + 1 end
  if failed == #KEYS then error(answer, 0) end
  answers[i + 1] = done and answer
end
return answers
