--[[
  Notes a token. One that is known stays as it is; one that was revoked before it was tracked stays revoked, for as long
  as it would have lived.

  KEYS[1]  the token
  ARGV[1]  when it expires, in ms
  ARGV[2]  its id
  ARGV[3]  its user, or '-'
  ARGV[4]  the note, or '-'
  Returns  { now in us, the record }
]]
--@include session.lua
--@include token.lua
local text = read_token(token)
local state, rest = string.match(text, '^1 (%l+) (.*)$')
if state == 'active' then return { now_us, text } end

local tracked, revoked_at, by = now, '-', '-'
local expires = tonumber(ARGV[1])
if state == 'revoked' then
  local known, until_then
  known, until_then, revoked_at, by = string.match(rest, '^(%d+) (%d+) ([^ ]+) ([^ ]+)')
  if tonumber(until_then) >= expires then return { now_us, text } end
  tracked = known
end
text = table.concat({ '1', state or 'active', tracked, ARGV[1], revoked_at, by, ARGV[2], ARGV[3], ARGV[4] }, ' ')
if expires <= now then return { now_us, text } end
return { now_us, write_token(text, ARGV[1], ARGV[3]) }
