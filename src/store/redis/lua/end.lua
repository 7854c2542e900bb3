--[[
  Ends a live session, or the living ones of the family of one that was renewed, claimed for the caller. A log-out ends
  the whole family. Of an anonymous session, only that it is gone stays known.

  KEYS[1]  the session
  ARGV[1]  the reason
  ARGV[2]  a token of this call: a client that lost the answer sends it again, and gets the same one
  ARGV[3]  who ends it, or '-'
  ARGV[4]  how long nobody else may claim the ends, in ms; the retention; that of an anonymous session,
           that of a device
  Returns  { now in us, { handle, record, … of those that this call ended }, 1 when a later version keeps one that it had
           to end }
]]
--@include session.lua
--@include family.lua
local one = look_at(handle_of(session))
local members = family_of(one)
local living = living_in(members)
local is_left = (ARGV[1] == 'logout' or not one.s) and is_kept_by_later(one, members)
if ARGV[1] == 'logout' then living = signed_out_with(one, living) elseif one.s then living = { one } end
if #living > 0 then settled() end
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
