--[[
  When a user's sessions began, and until when all that had begun are over. In microseconds: a sign-in may follow an end
  within the same millisecond.
]]
local MARK_LIFE = 86400000 -- ms: longer than a request waits between its arrival and its save
local AHEAD = 600000       -- ms: a mark so far in the future is of a clock that was ahead

local function whole (number)
  return string.format('%.0f', number)
end

--- The mark: until when sessions of the user must have begun to be over; and the call that set it. A mark from a clock
--- that was ahead does not count.
local function revocation_of (user)
  local text = redis.pcall('GET', base .. 'o:' .. user)
  local mark, call = string.match(type(text) == 'string' and text or '', '^(%d+) (%S+)$')
  mark = tonumber(mark or 0)
  if mark > now_us + 1000 * AHEAD then return 0 end
  return mark, call
end

--- When a request arrived, at the earliest and at the latest: the way of this script to the server counts as if the
--- request had arrived so much later. What arrived after the call that set the mark lies behind it, whatever the clock says.
local function arrival_of (word, mark, call)
  local since, known, earliest = string.match(word, '^(%d+) (%S+) (%S+)$')
  local latest = now_us - since
  if known == call then return mark, math.max(latest, mark) end
  return tonumber(earliest) or 0, latest
end

--- When a live session began.
local function beginning_of (one)
  return tonumber(redis.call('ZSCORE', user_key(one.s.user), one.handle) or 1000 * one.s.started)
end

--- Lists a session for its user. Of the sessions that began first, two at a time are forgotten whose keys are gone.
local function list_for_user (s, handle, began)
  local mine = user_key(s.user)
  for _, other in ipairs(redis.call('ZRANGE', mine, 0, 1)) do
    if redis.call('EXISTS', session_key(other)) == 0 then redis.call('ZREM', mine, other) end
  end
  redis.call('ZADD', mine, whole(began), handle)
end
