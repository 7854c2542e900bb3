--[[
  Returns over how many shards the sessions under the prefix are spread: the number in the key, or else that of the
  caller. The key lives for a while: a node that runs writes it again and again. With a full Redis the script writes
  nothing.

  KEYS[1]  the layout
  ARGV[1]  the number of the caller
  ARGV[2]  for how long the key lives, in ms; '' writes nothing
  Returns  { the number of shards }
]]
local known = redis.call('GET', KEYS[1])
if known and known ~= ARGV[1] or ARGV[2] == '' then return { known or ARGV[1] } end
local answer = redis.pcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if type(answer) == 'table' and answer.err and not string.match(answer.err, 'OOM') then return answer end
return { ARGV[1] }
