--[[
  The mark of a session that has connections: the fifth word behind the root, 'PUBLISH' or 'SPUBLISH'. The script that
  ends the session tells by that command, so that a node that holds a connection of it looks at once. A mark stays until
  the session is over, and renewals keep it. Nothing depends on a message: one that is refused or lost changes nothing.

    <base>c:<root>  the channel of a family
]]
local function mark_of (s)
  return s.rest ~= '' and string.match(s.rest, '^ [^ ]+ [^ ]+ [^ ]+ [^ ]+ (S?PUBLISH)') or nil
end

--- What stands behind the root, with that mark.
local function marked (rest, mark)
  local words = {}
  for word in string.gmatch(rest, '[^ ]+') do words[#words + 1] = word end
  for i = #words + 1, 4 do words[i] = '-' end
  words[5] = mark
  return ' ' .. table.concat(words, ' ')
end

--- The same without a mark, and without the places that only made room for it.
local function unmarked (rest)
  local words = string.match(rest, '^( [^ ]+ [^ ]+ [^ ]+ [^ ]+) S?PUBLISH')
  if not words then return rest end
  words = string.gsub(words, ' %- %-$', '')
  return words == ' - -' and '' or words
end

--- Tells the nodes that hold connections of the session that something happened to it.
local function tell (s, handle)
  local mark = mark_of(s)
  if mark then redis.pcall(mark, base .. 'c:' .. (s.root == '-' and handle or s.root), '') end
end
