--[[
  Finds sessions by the beginning of their handles, in part of an index of one shard. The script reads no record.

  KEYS[1]  the index: 'due' or 'past'
  ARGV[1]  the beginning
  ARGV[2]  how many entries the script looks at
  ARGV[3]  the handle of the last entry of the part before, or ''
  ARGV[4]  its score
  Returns  { now in us, { handle, … }, the handle of the last entry that the script looked at, its score; '' for both
             when there are no more }
]]
--@include session.lua
--@include page.lua
--@include tombstones.lua
local beginning, count, last = ARGV[1], tonumber(ARGV[2]), { entry = ARGV[3], score = ARGV[4] }
local name_of = KEYS[1] == tombstones and handle_in or nil
local page, found = page_of(KEYS[1], count, last, 0, math.huge, false, name_of), {}
local handle = ''
for i = 1, #page, 2 do
  handle = name_of and name_of(page[i]) or page[i]
  if string.sub(handle, 1, #beginning) == beginning then found[#found + 1] = handle end
end
local is_more = #page == 2 * count
return { now_us, found, is_more and handle or '', is_more and page[#page] or '' }
