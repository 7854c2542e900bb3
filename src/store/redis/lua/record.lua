--[[
  The record of a session as text and as a table. The record is words (record-text.ts says which), in the first line of what
  the key of the session holds. Words that a later version adds at the end are kept.
]]
local SLACK = 10000 -- an index entry is moved when it is so much too early: most activities leave it alone

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

--- A live or an anonymous session; nil for anything else. Its times stay words: Lua reckons with them, and prints
--- numbers slowly. `root` is the first session of its family, where that is another one.
local function parse (text)
  local state, started, last, warn, expire, absolute, user, indexed, root, rest = string.match(
    text or '',
    '^1 (%l+) (%d+) (%d+) ([%d.e-]+) ([%d.e-]+) ([%d.e-]+) ([^ \n]+) (-?%d+) ([%w_-]+)([^\n]*)'
  )
  if state ~= 'live' and state ~= 'visitor' then return nil end
  if not (is_time(started) and is_time(last) and is_time(indexed)) then return nil end
  if not (is_seconds(warn) and is_seconds(expire) and (absolute == '-' or is_seconds(absolute))) then return nil end
  if rest ~= '' and string.sub(rest, 1, 1) ~= ' ' then return nil end
  local is_ahead = tonumber(started) > now or tonumber(last) > now
  return {
    is_ahead = is_ahead, state = state, started = started, last = last, warn = warn, expire = expire, absolute = absolute,
    user = user, indexed = started + 1000 * indexed, root = root, rest = rest
  }
end

--- The moment at which it ends, and the reason. A start and a last activity ahead of the clock count as now.
local function deadline_of (s)
  local idle = math.min(s.last, now) + milliseconds(s.expire)
  local absolute = s.absolute == '-' and math.huge or math.min(s.started, now) + milliseconds(s.absolute)
  if idle <= absolute then return idle, 'idle' end
  return absolute, 'absolute'
end

--- The same as parse, if the session is alive. A deadline that is reached is passed.
local function alive (text)
  local s = parse(text)
  if s and deadline_of(s) > now then return s end
  return nil
end

--- Where it is to stand in the indexes: at its deadline, a whole number of seconds after its start (before it, if
--- the clock was set back). The record says how many, in six digits: it then is as long as before, mostly.
local function place_of (s)
  return s.started + 1000 * math.floor((deadline_of(s) - s.started) / 1000)
end

--- Sets times to now that a clock has left that was ahead. The session then stands nowhere in the indexes: its place
--- counts from its start.
local function set_right (s)
  if not s.is_ahead then return end
  s.started, s.last, s.is_ahead = math.min(s.started, now), math.min(s.last, now), false
  s.indexed = math.huge
end

--- Says in the record where the session is to stand, if it does not stand there already, a little too early at most.
local function is_misplaced (s)
  local deadline = deadline_of(s)
  if s.indexed <= deadline and deadline < s.indexed + SLACK then return false end
  s.indexed = place_of(s)
  return true
end

--- Of a later version of this package: not ours to judge.
local function is_later (text)
  return text and string.match(text, '^%d+ ') and not string.match(text, '^1 ')
end

--- The record of a session that was renewed then: the members of its root, that of its own line in front; none without
--- a root.
local function in_front (text, line, since)
  if is_later(text) then return text end
  local words, lines = string.match(text or '', '^1 replaced ([^ ]+) %d+ ?(%S*)$')
  local handles, next_line = {}, string.gmatch(lines or '', '[^,]+')
  for handle in string.gmatch(words or '', '[^,]+') do
    table.insert(handles, next_line() == line and 1 or #handles + 1, handle)
  end
  return '1 replaced ' .. (#handles == 0 and '-' or table.concat(handles, ',')) .. ' ' .. since
end

--- Takes "<warnAfter> <expireAfter> <absoluteTimeout>" over.
local function set_timeouts (s, timeouts)
  s.warn, s.expire, s.absolute = string.match(timeouts, '^(%S+) (%S+) (%S+)$')
end

local function text_of (s)
  return '1 ' .. s.state .. ' ' .. s.started .. ' ' .. s.last .. ' ' .. s.warn .. ' ' .. s.expire .. ' ' .. s.absolute
    .. ' ' .. s.user .. ' ' .. string.format('%06.0f', (s.indexed - s.started) / 1000) .. ' ' .. s.root .. s.rest
end

--- The contents in what the key of a session holds: all lines but the first, each with the break in front of it.
local function body_of (whole)
  local first = string.find(whole, '\n', 1, true)
  return first and string.sub(whole, first) or ''
end
