--[[
  Says which applications keep their sessions under the prefix: what the key says. Takes another text down in its place, if it
  says what the caller expects. A full Redis keeps nothing of that.

  KEYS[1]  the application's key
  ARGV[1]  what the caller expects, '' for nothing
  ARGV[2]  the text
  ARGV[3]  for how long the key lives, in ms
  Returns  what the key says, '' for nothing
]]
local known = redis.pcall('GET', KEYS[1])
if type(known) == 'table' then return known end
if (known or '') ~= ARGV[1] and known ~= ARGV[2] then return known end
local answer = redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if type(answer) == 'table' and answer.err and not string.match(answer.err, 'OOM') then return answer end
return ARGV[2]
