--[[
  Reads part of some indexes of sessions, of one shard.

  KEYS[i]      the indexes
  ARGV[1]      how many at most, of each
  ARGV[2]      'back' from the highest score down, or ''
  ARGV[3]      the handle of the last entry of the part before, or ''
  ARGV[4]      its score
  ARGV[4 + i]  which entries of an index: 'live' or 'expired' by their deadlines, or 'all'
  Returns      { now in us, then for each index { handle, score, record or '', … }, how many such entries there are }
]]
--@include session.lua
--@include page.lua
local BOUNDS = { live = { now - SLACK, math.huge }, expired = { 0, now }, all = { 0, math.huge } }
local answer, last = { now_us }, { entry = ARGV[3], score = ARGV[4] }
for i, index in ipairs(KEYS) do
  local low, high = unpack(BOUNDS[ARGV[4 + i]])
  local page, rows = page_of(index, tonumber(ARGV[1]), last, low, high, ARGV[2] == 'back'), {}
  for j = 1, #page, 2 do
    rows[#rows + 1] = page[j]
    rows[#rows + 1] = page[j + 1]
    rows[#rows + 1] = read(session_key(page[j])) or ''
  end
  answer[#answer + 1] = rows
  answer[#answer + 1] = redis.call('ZCOUNT', index, low, high == math.huge and '+inf' or high)
end
return answer
