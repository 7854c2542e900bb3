--[[
  Reads a page of an index. The page goes on behind the last entry of the one before, or, if that has moved, at its score.

  KEYS[1]  the index
  ARGV[1]  how many at most
  ARGV[2]  the handle of the last entry, or ''
  ARGV[3]  its score
  Returns  { now in ms, { handle, score, record or '', … } }
]]
--@include session.lua
local entries, first = KEYS[1], 0
if ARGV[2] ~= '' then
  if redis.call('ZSCORE', entries, ARGV[2]) == ARGV[3] then
    first = redis.call('ZRANK', entries, ARGV[2]) + 1
  else
    first = redis.call('ZCOUNT', entries, '-inf', '(' .. ARGV[3])
  end
end
local page = redis.call('ZRANGE', entries, first, first + ARGV[1] - 1, 'WITHSCORES')
local rows = {}
for i = 1, #page, 2 do
  rows[#rows + 1] = page[i]
  rows[#rows + 1] = page[i + 1]
  rows[#rows + 1] = read(session_key(page[i])) or ''
end
return { now, rows }
