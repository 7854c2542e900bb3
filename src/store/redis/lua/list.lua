--[[
  Reads part of some indexes of sessions, of one shard.

  KEYS[i]      the indexes
  ARGV[1]      how many at most, of each
  ARGV[2]      'back' from the highest score down, or ''
  ARGV[3]      the handle of the last entry of the part before, or ''
  ARGV[4]      its score
  ARGV[5]      of 'past': the user whose sessions are listed, or '' for all users
  ARGV[5 + i]  the entries to read of an index: 'live' or 'expired' by their deadlines, or 'all'
  Returns      { now in us, then for each index { handle, score, record or '', … }, how many entries there are within
                 the bounds, the handle of the last entry that the script looked at, its score; '' for both when there
                 are no more }
]]
--@include session.lua
--@include page.lua
--@include tombstones.lua
local LOOKED_AT = 1000 -- entries of all users in which the script looks for those of one user

local BOUNDS = { live = { now - SLACK, math.huge }, expired = { 0, now }, all = { 0, math.huge } }
local count, last = tonumber(ARGV[1]), { entry = ARGV[3], score = ARGV[4] }
local answer, tag = { now_us }, ARGV[5] ~= '' and tag_of(ARGV[5])

for i, index in ipairs(KEYS) do
  local low, high = unpack(BOUNDS[ARGV[5 + i]])
  local wanted, name_of = index == tombstones and tag, index == tombstones and handle_in or nil
  local most = wanted and LOOKED_AT or count
  local page, rows, looked_at = page_of(index, most, last, low, high, ARGV[2] == 'back', name_of), {}, 0
  local function handle_at (position)
    return name_of and name_of(page[position]) or page[position]
  end
  for j = 1, #page, 2 do
    if #rows == 3 * count then break end
    looked_at = looked_at + 1
    if not wanted or string.sub(page[j], -1) == wanted then
      local handle = handle_at(j)
      rows[#rows + 1] = handle
      rows[#rows + 1] = page[j + 1]
      rows[#rows + 1] = with_device(read(session_key(handle)), session_key(handle)) or ''
    end
  end
  local is_more = looked_at == most or 2 * looked_at < #page
  answer[#answer + 1] = rows
  answer[#answer + 1] = redis.call('ZCOUNT', index, low, high == math.huge and '+inf' or high)
  answer[#answer + 1] = is_more and handle_at(2 * looked_at - 1) or ''
  answer[#answer + 1] = is_more and page[2 * looked_at] or ''
end
return answer
