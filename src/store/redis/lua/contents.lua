--[[
  The contents of a session: for each key a line "=<key>" and a line with its JSON, each with a line break in front.
  JSON contains no line break. The functions search for breaks as plain text: a pattern would look at each byte for
  itself.
]]
local find, sub = string.find, string.sub -- as locals: a thousand fields call them a few thousand times
local AROUND = 3 -- bytes of each field beside its key and its JSON: two line breaks and a sign

--- Iterates over the fields of contents: the first byte of each, the last byte, and the key.
local function each_field (body)
  local start = 1
  return function ()
    local first, middle = start, find(body, '\n', start + 1, true)
    if not middle then return nil end
    local stop = (find(body, '\n', middle + 1, true) or #body + 1) - 1
    start = stop + 1
    return first, stop, sub(body, first + 2, middle - 1)
  end
end

--- Returns how many bytes the keys and their JSON have.
local function bytes_of (body, fields)
  return #body - AROUND * fields
end

--- Returns how many of the fields count. The age of the cookie does not.
local function counted (body, fields)
  return find(body, '\n=cookie\n', 1, true) and fields - 1 or fields
end

--- Returns the edited contents, how many fields they have, and how many there were.
--- It copies fields together that lie next to each other in the same text: an edit of all fields is one copy.
local function edited (body, set, gone)
  local from, to, order = {}, {}, {}
  for first, last, field in each_field(set) do
    from[field], to[field] = first, last
    order[#order + 1] = field
  end
  for field in string.gmatch(gone, '\n=([^\n]*)') do from[field] = 0 end

  local parts, before, fields = {}, 0, 0
  local source, start, stop = body, 1, 0
  local function append (text, first, last)
    if text ~= source or first ~= stop + 1 then
      parts[#parts + 1] = sub(source, start, stop)
      source, start = text, first
    end
    stop, fields = last, fields + 1
  end
  for first, last, field in each_field(body) do
    local changed = from[field]
    before = before + 1
    if not changed then append(body, first, last)
    elseif changed > 0 then append(set, changed, to[field]) end
    if changed then from[field] = 0 end
  end
  for _, field in ipairs(order) do
    if from[field] > 0 then append(set, from[field], to[field]) end
    from[field] = 0
  end
  parts[#parts + 1] = sub(source, start, stop)
  return table.concat(parts), fields, before
end

--- Returns the fields for whose keys the function is true, and how many these are. It copies neighbours together.
local function selected (body, is_wanted)
  local parts, count, start, stop = {}, 0, 1, 0
  for first, last, field in each_field(body) do
    if is_wanted(field) then
      if first ~= stop + 1 then
        parts[#parts + 1] = sub(body, start, stop)
        start = first
      end
      stop, count = last, count + 1
    end
  end
  parts[#parts + 1] = sub(body, start, stop)
  return table.concat(parts), count
end
