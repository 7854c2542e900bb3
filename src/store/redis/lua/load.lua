--[[
  Reads some sessions whole. Writes nothing, and leaves it to the caller to decide whether they are still alive.

  KEYS[i]  the sessions
  Returns  { now in ms, for each: its fields and values, alternating, as lines of a text, or as a list when they are
           long; '?' when the key holds something else; nil when those before were too much already }
]]
local MUCH = 524288 -- bytes: a millisecond
local LONG = 2048   -- bytes: Lua joins short texts faster than it hands a list over, and long ones slower

local time = redis.call('TIME')
local answers, bytes = { time[1] * 1000 + math.floor(time[2] / 1000) }, 0

local function load (key)
  if bytes > MUCH then return false end
  local fields = redis.pcall('HGETALL', key)
  if fields.err and not string.match(fields.err, 'WRONGTYPE') then error(fields.err) end
  if fields.err then return '?' end
  local size = 0
  for i = 2, #fields, 2 do size = size + #fields[i] end
  bytes = bytes + size
  return size > LONG and fields or table.concat(fields, '\n')
end

for i, key in ipairs(KEYS) do answers[i + 1] = load(key) end
return answers
