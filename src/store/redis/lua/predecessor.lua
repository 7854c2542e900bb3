--[[
  Notes of a session that another one, of another shard, has begun in its place.

  KEYS[1]  the predecessor
  ARGV[1]  what becomes of it: 'renewed', 'dropped'
  ARGV[2]  the successor's handle
  ARGV[3]  'known' when the caller has seen that a session which was renewed before goes on; or ''
  ARGV[4]  the lease, the retention, that of an anonymous session, in ms
  Returns  { now in ms, 'done', its record or nil }
           { now in ms, 'over', its record or nil }  it is over: nothing was written
]]
--@include session.lua
--@include succession.lua
local text = read(session)
local one, how = { handle = handle_of(session), key = session, text = text, s = alive(text) }, times_from(4, '-')
local goes_on = one.s or (ARGV[3] == 'known' and successors_in(text))
if ARGV[1] == 'renewed' and not goes_on then return { now, 'over', text } end
settled()
if ARGV[1] == 'renewed' then return { now, 'done', add_successor(one, ARGV[2], how) } end
drop(one, how)
return { now, 'done', text }
