--[[
  The contents of a session: a line "=<key>" and a line with its JSON for each key, each with the break in front of it. JSON
  has no breaks of its own. Breaks are searched for as plain text: a pattern would look at each byte for itself.
]]
local AROUND = 3 -- bytes of each field that are neither its key nor its JSON: two breaks and a sign

--- Goes through contents: where a field begins, where it ends, and its key.
local function each_field (body)
  local start = 1
  return function ()
    local first, middle = start, string.find(body, '\n', start + 1, true)
    if not middle then return nil end
    local stop = (string.find(body, '\n', middle + 1, true) or #body + 1) - 1
    start = stop + 1
    return first, stop, string.sub(body, first + 2, middle - 1)
  end
end

--- How many bytes the keys and their JSON have.
local function bytes_of (body, fields)
  return #body - AROUND * fields
end

--- How many of the fields count: the age of the cookie does not.
local function counted (body, fields)
  return string.find(body, '\n=cookie\n', 1, true) and fields - 1 or fields
end

--- Returns the contents with what is set and without what goes, how many fields these are, and how many there were.
local function edited (body, set, gone)
  local changes, order, parts = {}, {}, {}
  for first, last, field in each_field(set) do
    changes[field] = string.sub(set, first, last)
    order[#order + 1] = field
  end
  for field in string.gmatch(gone, '\n=([^\n]*)') do changes[field] = '' end

  local before, fields, copied = 0, 0, 1
  for first, last, field in each_field(body) do
    local change = changes[field]
    before = before + 1
    if change ~= '' then fields = fields + 1 end
    if change then
      parts[#parts + 1] = string.sub(body, copied, first - 1)
      parts[#parts + 1] = change
      copied, changes[field] = last + 1, nil
    end
  end
  parts[#parts + 1] = string.sub(body, copied)
  for _, field in ipairs(order) do
    if changes[field] and changes[field] ~= '' then
      parts[#parts + 1] = changes[field]
      fields, changes[field] = fields + 1, nil
    end
  end
  return table.concat(parts), fields, before
end

--- Returns what of the contents has a key for which a function is true, and how many fields these are.
local function selected (body, is_wanted)
  local parts = {}
  for first, last, field in each_field(body) do
    if is_wanted(field) then parts[#parts + 1] = string.sub(body, first, last) end
  end
  return table.concat(parts), #parts
end
