--[[
  When a user's sessions began, and until when all that had begun are over. In microseconds: a sign-in may follow an end
  within the same millisecond.
]]
local MARK_LIFE = 600000 -- ms: longer than any request waits between its arrival and its save

local function moment_us ()
  return time[1] * 1000000 + time[2]
end

local function whole (number)
  return string.format('%.0f', number)
end

--- Until when sessions of the user must have begun to be over. A mark from a clock that was ahead does not count.
local function revoked_until (user)
  local mark = redis.pcall('GET', base .. 'o:' .. user)
  local moment = type(mark) == 'string' and tonumber(mark) or 0
  return moment <= moment_us() + 1000 * MARK_LIFE and moment or 0
end

--- When a request arrived. A mark that was known then lies before, whatever the clock says.
local function arrival_of (word)
  local since, mark = string.match(word, '^(%d+) (%d+)$')
  return math.max(moment_us() - since, tonumber(mark))
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
