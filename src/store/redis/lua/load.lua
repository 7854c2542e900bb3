--[[
  Reads some sessions whole. Writes nothing, and leaves it to the caller to decide whether they are still alive.

  KEYS[i]  the sessions
  Returns  { now in ms, for each: its fields and values, alternating, a line for each; '?' when the key holds something else }
]]
local time = redis.call('TIME')
local answers = { time[1] * 1000 + math.floor(time[2] / 1000) }
for i, key in ipairs(KEYS) do
  local fields = redis.pcall('HGETALL', key)
  if fields.err and not string.match(fields.err, 'WRONGTYPE') then error(fields.err) end
  answers[i + 1] = fields.err and '?' or table.concat(fields, '\n')
end
return answers
