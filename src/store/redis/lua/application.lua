--[[
  Reads the key that names the applications under the prefix. The script writes another text, if the key holds the text
  that the caller expects. With a full Redis it writes nothing.

  KEYS[1]  the application's key
  ARGV[1]  the text that the caller expects, '' for none
  ARGV[2]  the text to write
  ARGV[3]  for how long the key lives, in ms
  Returns  { the text of the key, '' for none }
]]
local known = redis.pcall('GET', KEYS[1])
if type(known) == 'table' then return known end
if (known or '') ~= ARGV[1] and known ~= ARGV[2] then return { known or '' } end
local answer = redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if type(answer) == 'table' and answer.err and not string.match(answer.err, 'OOM') then return answer end
return { ARGV[2] }
