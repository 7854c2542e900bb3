--[[
  Notes of a session that another one, of another shard, has begun in its place.

  KEYS[1]  the predecessor
  ARGV[1]  what becomes of it: 'renewed', 'dropped'
  ARGV[2]  the lease, the retention, that of an anonymous session, that of a device, in ms
  Returns  { now in us, 'done' }
           { now in us, 'over', its record or nil }  it is over: nothing was written
]]
--@include session.lua
--@include family.lua
local one, how = look_at(handle_of(session)), times_from(2)
if ARGV[1] == 'renewed' and not one.s then return { now_us, 'over', told(one.text, one.key) } end
settled()
if ARGV[1] == 'renewed' then replace(one, '1 replaced - ' .. now, how) else drop(one, how) end
return { now_us, 'done' }
