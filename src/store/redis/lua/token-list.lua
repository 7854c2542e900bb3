--[[
  Reads part of an index of tokens, without expired ones.

  KEYS[1]  the index
  ARGV[1]  how many at most
  ARGV[2]  the last entry of the part before, or ''
  ARGV[3]  its score
  Returns  { now in us, { entry, score, record or '', … } }
]]
--@include session.lua
--@include page.lua
--@include token.lua
local page = page_of(KEYS[1], tonumber(ARGV[1]), { entry = ARGV[2], score = ARGV[3] }, now, math.huge, false)
local rows = {}
for i = 1, #page, 2 do
  rows[#rows + 1] = page[i]
  rows[#rows + 1] = page[i + 1]
  rows[#rows + 1] = read_token(base .. 't:' .. page[i])
end
return { now_us, rows }
