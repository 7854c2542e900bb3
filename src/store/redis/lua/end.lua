--[[
  Ends a live session, or those that a renewed one goes on as, claimed for the caller. A log-out ends their twins too.
  Of an anonymous session, only that it is gone stays known.

  KEYS[1]  the session
  ARGV[1]  the reason
  ARGV[2]  a token of this call: a client that lost the answer sends it again, and gets the same one, without the twins:
           their ends are left to a sweep
  ARGV[3]  how long nobody else may claim the ends, in ms; the retention; that of an anonymous session
  Returns  { now in ms, { handle, record, … of those that this call ended }, { handles that are not here } }
]]
--@include session.lua
--@include succession.lua
local chain = follow({ handle_of(session) })
local living = living_in(chain)
if ARGV[1] == 'logout' then living = with_twins(living) end
if #living > 0 then settled() end
local ended, missing = end_each(living, ARGV[1], times_from(3, ARGV[2])), {}
for i, one in ipairs(chain) do
  if i > 1 and not one.text then missing[#missing + 1] = one.handle end
  if string.match(one.text or '', '^1 ended %l+ %d+ %d+ %d+ %l+ ([^ ]+)') == ARGV[2] then
    ended[#ended + 1] = one.handle
    ended[#ended + 1] = one.text
  end
end
return { now, ended, missing }
