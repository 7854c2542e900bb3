--[[
  Reads some sessions whole. Writes nothing, and leaves it to the caller to decide whether they are still alive.

  KEYS[i]  the sessions
  Returns  { now in ms, for each: its fields and values, alternating, a line for each; '?' when the key holds something
           else; nil when those before were too much already }
]]
local MUCH = 262144 -- bytes: a millisecond

local time = redis.call('TIME')
local answers, bytes = { time[1] * 1000 + math.floor(time[2] / 1000) }, 0

local function load (key)
  if bytes > MUCH then return false end
  local fields = redis.pcall('HGETALL', key)
  if fields.err and not string.match(fields.err, 'WRONGTYPE') then error(fields.err) end
  local text = fields.err and '?' or table.concat(fields, '\n')
  bytes = bytes + #text
  return text
end

for i, key in ipairs(KEYS) do answers[i + 1] = load(key) end
return answers
