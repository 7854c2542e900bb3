--[[
  Counts what a shard holds. Looks at no more than so many sessions, and counts the others like these.

  KEYS[1]  any key of the shard
  ARGV[1]  the retention, in ms
  Returns  { now in us, live, ended, expired, pending }
]]
--@include session.lua
local LOOKED_AT = 200

local function count (key, low, high)
  return redis.call('ZCOUNT', key, low, high)
end

--- How many entries between two scores a function is true for.
local function matching (key, low, high, is_matching)
  local handles, found = redis.call('ZRANGEBYSCORE', key, low, high, 'LIMIT', 0, LOOKED_AT), 0
  for _, handle in ipairs(handles) do
    if is_matching(session_key(handle)) then found = found + 1 end
  end
  if #handles < LOOKED_AT then return found end
  return math.floor(found / #handles * count(key, low, high) + 0.5)
end

--- An entry may stand too early by SLACK.
local function is_alive (key)
  return alive(read(key)) ~= nil
end

--- An end that was noticed late stays known for longer.
local function is_known (key)
  return redis.call('EXISTS', key) == 1
end

local near = now - SLACK
local late = matching(due, '(' .. near, now, is_alive)
local live = count(due, '(' .. now, '+inf') + late
local expired = count(due, '-inf', now) - late
local known = matching(past, '-inf', now - ARGV[1], is_known) + count(past, '(' .. (now - ARGV[1]), '+inf')
return { now_us, live, expired + known, expired, expired + redis.call('ZCARD', open) }
