--[[
  Gives a live session its terms, its user and its start. A visitor's that becomes a protected one begins.

  KEYS[1]  the session
  ARGV[1]  the terms
  ARGV[2]  the user, or '-' for whom it has
  ARGV[3]  when it started, in ms; 'now'; or '' for when it did
  ARGV[4]  "<address> <user agent>" that it was signed in from, or '' for what is known of that
  Returns  { now in ms, the record }
]]
--@include session.lua
local text = read(session)
local s = alive(text)
if not s then return { now, text } end

local before, handle = s.state, handle_of(session)
set_terms(s, ARGV[1])
if s.state ~= before then s.started, s.last = now, now end
if ARGV[3] == 'now' then
  s.started = now
elseif ARGV[3] ~= '' then
  s.started = math.min(now, tonumber(ARGV[3]))
end
settled()
unindex(s, handle)
if ARGV[2] ~= '-' then s.user = ARGV[2] end
if ARGV[4] ~= '' then s.rest = ' ' .. ARGV[4] .. string.gsub(s.rest, '^ ?[^ ]* ?[^ ]*', '', 1) end
text = write(s, session)
index(s, session)
return { now, text }
