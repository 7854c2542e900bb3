--[[
  The contents of a session: a line "=<key>" and a line with its JSON for each key, each with the break in front of it. JSON
  has no breaks of its own, and never begins like the line of a key.
]]
local AROUND = 3 -- bytes of each field that are neither its key nor its JSON: two breaks and a sign

--- Returns how many bytes the keys and their JSON have, and how many keys there are.
local function size_of (body)
  local _, fields = string.gsub(body, '\n=', '')
  return #body - AROUND * fields, fields
end

--- Returns the contents with what is set and without what goes, and their size.
local function edited (body, set, gone)
  local order, values, parts = {}, {}, {}
  local function take (lines)
    for field, value in string.gmatch(lines, '\n=([^\n]*)\n([^\n]*)') do
      if not values[field] then order[#order + 1] = field end
      values[field] = value
    end
  end
  take(body)
  take(set)
  for field in string.gmatch(gone, '\n=([^\n]*)') do values[field] = nil end
  for _, field in ipairs(order) do
    if values[field] then parts[#parts + 1] = '\n=' .. field .. '\n' .. values[field] end
    values[field] = nil
  end
  local changed = table.concat(parts)
  return changed, #changed - AROUND * #parts, #parts
end

--- Returns what of the contents has a key for which a function is true.
local function selected (body, is_wanted)
  local parts = {}
  for field, value in string.gmatch(body, '\n=([^\n]*)\n([^\n]*)') do
    if is_wanted(field) then parts[#parts + 1] = '\n=' .. field .. '\n' .. value end
  end
  return table.concat(parts)
end
