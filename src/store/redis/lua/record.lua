--[[
  The record of a session as text and as a table. The record consists of words (record-text.ts explains them), in the
  first line of the session's key. Words stay that a later version of this package adds at the end.
]]
-- An index entry may be so much too early, in ms: most activities then do not change it.
local SLACK = 10000
local ANONYMOUS = 'visitor' -- the word of the record for an anonymous session

local function milliseconds (seconds)
  return math.floor(seconds * 1000 + 0.5)
end

local function is_seconds (word)
  local seconds = tonumber(word) or 0
  return seconds > 0 and seconds <= 2147483647
end

local function is_time (word)
  return #word <= 14 -- more digits would be written as 1e+14
end

--- Returns an authenticated or anonymous session as a table; nil for any other text. Its times stay words: Lua computes
--- with them, and prints numbers slowly. `root` is the first session of its family, or '-' for the session itself.
local function parse (text)
  local state, started, last, warn, expire, absolute, user, indexed, root, rest = string.match(
    text or '',
    '^1 (%l+) (%d+) (%d+) ([%d.e-]+) ([%d.e-]+) ([%d.e-]+) ([^ \n]+) (-?%d+) ([%w_-]+)([^\n]*)'
  )
  if state ~= 'live' and state ~= ANONYMOUS then return nil end
  if not (is_time(started) and is_time(last) and is_time(indexed)) then return nil end
  if not (is_seconds(warn) and is_seconds(expire) and (absolute == '-' or is_seconds(absolute))) then return nil end
  if rest ~= '' and string.sub(rest, 1, 1) ~= ' ' then return nil end
  local is_ahead = tonumber(started) > now or tonumber(last) > now
  return {
    is_ahead = is_ahead, state = state, started = started, last = last,
    warn = warn, expire = expire, absolute = absolute,
    user = user, indexed = started + 1000 * indexed, root = root, rest = rest
  }
end

--- Returns the deadline and the reason. A start and a last activity ahead of the clock count as now.
local function deadline_of (s)
  local idle = math.min(s.last, now) + milliseconds(s.expire)
  local absolute = s.absolute == '-' and math.huge or math.min(s.started, now) + milliseconds(s.absolute)
  if idle <= absolute then return idle, 'idle' end
  return absolute, 'absolute'
end

--- Returns the session as a table if it is alive. A deadline that is reached has passed.
local function alive (text)
  local s = parse(text)
  if s and deadline_of(s) > now then return s end
  return nil
end

--- Returns the score of a session in the indexes: its deadline, rounded down to whole seconds after its start (before
--- the start, if the clock was set back). The record holds the seconds in six digits: so it mostly keeps its length.
local function score_of (s)
  return s.started + 1000 * math.floor((deadline_of(s) - s.started) / 1000)
end

--- Sets times to now that come from a clock that was ahead. The session then has no right entry in the indexes: the
--- score counts from its start.
local function correct_times (s)
  if not s.is_ahead then return end
  s.started, s.last, s.is_ahead = math.min(s.started, now), math.min(s.last, now), false
  s.indexed = math.huge
end

--- Whether the entry in the index is late, or more than SLACK early. The function then sets the new score in the table.
local function is_misplaced (s)
  local deadline = deadline_of(s)
  if s.indexed <= deadline and deadline < s.indexed + SLACK then return false end
  s.indexed = score_of(s)
  return true
end

--- Whether a later version of this package wrote the record. This version does not change it.
local function is_later (text)
  return text and string.match(text, '^%d+ ') and not string.match(text, '^1 ')
end

--- Returns the record of a session that was renewed at a moment: the members of its root, the one of its own line
--- first; none without a root.
local function record_of_renewed (text, line, since)
  if is_later(text) then return text end
  local words, lines = string.match(text or '', '^1 replaced ([^ ]+) %d+ ?(%S*)$')
  local handles, next_line = {}, string.gmatch(lines or '', '[^,]+')
  for handle in string.gmatch(words or '', '[^,]+') do
    table.insert(handles, next_line() == line and 1 or #handles + 1, handle)
  end
  return '1 replaced ' .. (#handles == 0 and '-' or table.concat(handles, ',')) .. ' ' .. since
end

--- Sets the timeouts from "<warnAfter> <expireAfter> <absoluteTimeout>".
local function set_timeouts (s, timeouts)
  s.warn, s.expire, s.absolute = string.match(timeouts, '^(%S+) (%S+) (%S+)$')
end

local function text_of (s)
  return '1 ' .. s.state .. ' ' .. s.started .. ' ' .. s.last .. ' ' .. s.warn .. ' ' .. s.expire .. ' ' .. s.absolute
    .. ' ' .. s.user .. ' ' .. string.format('%06.0f', (s.indexed - s.started) / 1000) .. ' ' .. s.root .. s.rest
end

--- Returns the contents in the text of a session's key: all lines but the first, each with the line break in front.
local function body_of (whole)
  local first = string.find(whole, '\n', 1, true)
  return first and string.sub(whole, first) or ''
end
