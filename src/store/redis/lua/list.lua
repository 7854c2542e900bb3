--[[
  Reads part of an index of sessions.

  KEYS[1]  the index
  ARGV[1]  how many at most
  ARGV[2]  the handle of the last entry of the part before, or ''
  ARGV[3]  its score
  ARGV[4]  which entries: 'live' or 'due' by their deadlines, or 'all'
  ARGV[5]  'back' from the highest score down, or ''
  Returns  { now in ms, { handle, score, record or '', … } }
]]
--@include session.lua
--@include page.lua
local BOUNDS = { live = { now - SLACK, math.huge }, due = { 0, now }, all = { 0, math.huge } }
local low, high = unpack(BOUNDS[ARGV[4]])
local page = page_of(KEYS[1], tonumber(ARGV[1]), { entry = ARGV[2], score = ARGV[3] }, low, high, ARGV[5] == 'back')
local rows = {}
for i = 1, #page, 2 do
  rows[#rows + 1] = page[i]
  rows[#rows + 1] = page[i + 1]
  rows[#rows + 1] = read(session_key(page[i])) or ''
end
return { now, rows }
