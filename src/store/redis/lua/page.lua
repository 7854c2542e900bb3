--[[
  Part of a sorted set within bounds, forward or back, behind the last entry of the part before. That entry may be one
  of another shard, or may be gone. Entries of one score are in the order of their bytes.
]]
local function is_before (a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

--- Returns how many entries are before a position; includes those at the position if `with_those_at`.
local function count_before (key, score, entry, with_those_at, name_of)
  local first = redis.call('ZCOUNT', key, '-inf', '(' .. score)
  local behind = first + redis.call('ZCOUNT', key, score, score)
  while first < behind do
    local middle = math.floor((first + behind) / 2)
    local found = redis.call('ZRANGE', key, middle, middle)[1]
    if name_of then found = name_of(found) end
    if is_before(found, entry) or (with_those_at and found == entry) then first = middle + 1 else behind = middle end
  end
  return first
end

--- Returns entries and scores, alternating. `name_of` returns the handle of an entry, if the entry has more than that.
--- The function skips entries between the last entry and the bounds: they came there after the part before was read.
local function page_of (key, count, last, low, high, backward, name_of)
  local first = redis.call('ZCOUNT', key, unpack(backward and { '(' .. high, '+inf' } or { '-inf', '(' .. low }))
  if last.entry ~= '' then
    local before = count_before(key, last.score, last.entry, not backward, name_of)
    first = math.max(first, backward and redis.call('ZCARD', key) - before or before)
  end
  local options = backward and { 'REV', 'WITHSCORES' } or { 'WITHSCORES' }
  local page = redis.call('ZRANGE', key, first, first + count - 1, unpack(options))
  local within = {}
  for i = 1, #page, 2 do
    local score = tonumber(page[i + 1])
    if score < low or score > high then break end
    within[i], within[i + 1] = page[i], page[i + 1]
  end
  return within
end
