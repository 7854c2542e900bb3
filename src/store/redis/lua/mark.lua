--[[
  The mark of a session with connections: the fifth word behind the root, 'PUBLISH' or 'SPUBLISH'. The script that ends
  the session publishes a message by that command, and a node with a connection of the session looks at once. A mark
  stays until the session is over, and a successor takes it over. No guarantee depends on a message: one that is refused
  or lost changes nothing.

    <base>c:<root>  the channel of a family
]]
local function mark_of (s)
  return s.rest ~= '' and string.match(s.rest, '^ [^ ]+ [^ ]+ [^ ]+ [^ ]+ (S?PUBLISH)') or nil
end

--- Returns the words behind the root, with the mark.
local function marked (rest, mark)
  local words = {}
  for word in string.gmatch(rest, '[^ ]+') do words[#words + 1] = word end
  for i = #words + 1, 4 do words[i] = '-' end
  words[5] = mark
  return ' ' .. table.concat(words, ' ')
end

--- Returns the words behind the root without the mark, and without the empty words that only made room for it.
local function unmarked (rest)
  local words = string.match(rest, '^( [^ ]+ [^ ]+ [^ ]+ [^ ]+) S?PUBLISH')
  if not words then return rest end
  words = string.gsub(words, ' %- %-$', '')
  return words == ' - -' and '' or words
end

--- Publishes to the nodes with connections of the session that it has changed.
local function publish (s, handle)
  local mark = mark_of(s)
  if mark then redis.pcall(mark, base .. 'c:' .. (s.root == '-' and handle or s.root), '') end
end
