--[[
  Ends a live session, or the living members of the family of a renewed one, and claims the ends for the caller. A
  log-out ends the whole family. Of an anonymous session, the tombstone says only that it is gone.

  KEYS[1]  the session
  ARGV[1]  the reason
  ARGV[2]  a token of this call: a client that lost the answer sends it again, and gets the same answer
  ARGV[3]  the name of the person who ends it, or '-'
  ARGV[4]  in ms: the lease, and in ARGV[5…7] the retention, that of an anonymous session, that of a device
  Returns  { now in us, { handle, record, … of the sessions that this call ended }, 1 when a later version of this
             package keeps a session that the call should have ended }
]]
--@include session.lua
--@include family.lua
local one = look_up(handle_of(session))
local members = family_of(one)
local living = living_in(members)
local is_left = (ARGV[1] == 'logout' or not one.s) and is_kept_by_later(one, members)
if ARGV[1] == 'logout' then living = signed_out_with(one, living) elseif one.s then living = { one } end
if #living > 0 then fail_while_migrating() end
local how = times_from(4)
how.token, how.by = ARGV[2], ARGV[3]
local ended = end_each(living, ARGV[1], how)
local function was_ended_by_this_call (text)
  return string.match(text or '', '^1 ended %l+ %d+ %-?%d+ %-?%d+ ([^ ]+)') == ARGV[2]
end
if one.text and not one.s and #members == 0 then members = { one } end
for _, other in ipairs(members) do
  if was_ended_by_this_call(other.text) then
    ended[#ended + 1] = other.handle
    ended[#ended + 1] = with_device(other.text, other.key)
  end
end
return { now_us, ended, is_left and 1 or 0 }
