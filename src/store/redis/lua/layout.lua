--[[
  Says in how many shards the sessions under the prefix lie: what the key says, or else what the caller does. The key lives
  for a while: a node that runs asks again and again. A full Redis keeps nothing of that.

  KEYS[1]  the layout
  ARGV[1]  how many the caller has
  ARGV[2]  for how long the key lives, in ms; '' writes nothing
  Returns  how many
]]
local known = redis.call('GET', KEYS[1])
if known and known ~= ARGV[1] or ARGV[2] == '' then return known or ARGV[1] end
local answer = redis.pcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if type(answer) == 'table' and answer.err and not string.match(answer.err, 'OOM') then return answer end
return ARGV[1]
