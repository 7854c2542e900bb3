--[[
  Reads a session whole. Writes nothing, and leaves it to the caller to decide whether it is still alive.

  KEYS[1]  the session
  Returns  { now in ms, its fields and values, alternating }; '?' in their place when the key holds something else
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fields = redis.pcall('HGETALL', KEYS[1])
if fields.err and not string.match(fields.err, 'WRONGTYPE') then error(fields.err) end
return { now, fields.err and '?' or fields }
