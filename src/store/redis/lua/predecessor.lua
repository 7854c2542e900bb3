--[[
  Writes the tombstone of a predecessor whose successor has begun in another shard.

  KEYS[1]  the predecessor
  ARGV[1]  what becomes of it: 'renewed', 'dropped'
  ARGV[2]  a name of the successor, in letters: a client that lost the answer asks again, and gets the same answer
  ARGV[3]  in ms: the lease, and in ARGV[4…6] the retention, that of an anonymous session, that of a device
  Returns  { now in us, 'done' }
           { now in us, 'over', its record or nil }  it is over, and the script wrote nothing
]]
--@include session.lua
--@include family.lua
local one, how = look_up(handle_of(session)), times_from(3)
if string.match(one.text or '', '^1 replaced %- %d+ (%a+)$') == ARGV[2] then return { now_us, 'done' } end
if ARGV[1] == 'renewed' and not one.s then return { now_us, 'over', record_for_caller(one.text, one.key) } end
fail_while_migrating()
if ARGV[1] == 'renewed' then remove(one, '1 replaced - ' .. now .. ' ' .. ARGV[2], how) else drop(one, how) end
return { now_us, 'done' }
