--[[
  Tracks a token. A token that is known keeps its record, but lives for the longest life that was given; a revoked token
  stays revoked. The script does not change a record of another version of this package.

  KEYS[1]  the token
  ARGV[1]  the moment at which it expires, in ms
  ARGV[2]  its id
  ARGV[3]  its user, or '-'
  ARGV[4]  the note, or '-'
  ARGV[5]  for how long to keep a revocation at least, in ms
  Returns  { now in us, the record }
]]
--@include session.lua
--@include token.lua
local text, expires = read_token(token), tonumber(ARGV[1])
local t = parse_token(text, ARGV[2])
if text ~= '' and not t then return { now_us, text } end

local is_known_whole = t and (t.state == 'active' or t.user ~= '-' or t.note ~= '-')
if t and (expires <= now or is_known_whole and expires <= t.expires) then return { now_us, text } end
t = t or {
  state = 'active', tracked = now, expires = 0, revoked_at = '-', by = '-', id = ARGV[2], user = '-', note = '-'
}
if not is_known_whole then t.user, t.note = ARGV[3], ARGV[4] end
t.expires = math.max(t.expires, expires)
if t.expires <= now then return { now_us, text_of_token(t) } end
fail_while_migrating()
remember_life(expires - now)
return { now_us, write_token(t, t.state == 'revoked' and kept_until(ARGV[5]) or 0) }
