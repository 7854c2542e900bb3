--[[
  The moments at which a user's sessions began, and the moment at which all of them were ended. They are in
  microseconds: a sign-in may follow an end within the same millisecond.
]]
local MARK_LIFE = 86400000 -- ms: longer than a request waits between its arrival and its save
local AHEAD = 600000       -- ms: a mark so far in the future comes from a clock that was ahead

local function whole (number)
  return string.format('%.0f', number)
end

--- Returns the mark and the call that set it: sessions of the user that began before the mark are over. A mark from a
--- clock that was ahead does not count.
local function revocation_of (user)
  local text = redis.pcall('GET', base .. 'o:' .. user)
  local mark, call = string.match(type(text) == 'string' and text or '', '^(%d+) (%S+)$')
  mark = tonumber(mark or 0)
  if mark > now_us + 1000 * AHEAD then return 0 end
  return mark, call
end

--- Returns the earliest and the latest moment at which the request can have arrived. The latest includes the time that
--- this script needed to reach the server. A request that arrived after the call that set the mark counts as later than
--- the mark, whatever the clock says.
local function arrival_of (word, mark, call)
  local since, known, earliest = string.match(word, '^(%d+) (%S+) (%S+)$')
  local latest = now_us - since
  if known == call then return mark, math.max(latest, mark) end
  return tonumber(earliest) or 0, latest
end

--- Returns the moment at which a live session began, in us.
local function beginning_of (one)
  return tonumber(redis.call('ZSCORE', user_key(one.s.user), one.handle) or 1000 * one.s.started)
end

--- Adds a session to the index of its user. It removes up to two of the oldest entries whose keys are gone.
local function list_for_user (s, handle, began)
  local user_index = user_key(s.user)
  for _, other in ipairs(redis.call('ZRANGE', user_index, 0, 1)) do
    if redis.call('EXISTS', session_key(other)) == 0 then redis.call('ZREM', user_index, other) end
  end
  redis.call('ZADD', user_index, whole(began), handle)
end
