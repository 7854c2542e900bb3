--[[
  Takes one of a user's places for a session. Whether the sessions that have the others are still alive, only their shards
  know: where none is free, the caller finds out, and asks again.

  KEYS[1]  the places of the user
  ARGV[1]  the session
  ARGV[2]  how many places there are
  ARGV[3]  the session that this one goes on for, whose place it takes; or ''
  ARGV[4]  'known' when all live sessions of the user are among those below; or ''
  ARGV[5]  'displace' to take a place though none is free; or ''
  ARGV[6]  how many sessions are named that have ended
  ARGV[7…] these; after them: when a place was taken in ms, and by which session, alternating
  Returns  { now in ms, 'admitted', who must be ended before this session may begin }
           { now in ms, 'full', who has the places, and since when in ms, alternating }
           { now in ms, 'unknown' }  nobody knows who has the places
]]
--@include session.lua
local places, handle, max, renewed, displaces = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[5] == 'displace'
local last_gone = 6 + tonumber(ARGV[6])
if redis.call('EXISTS', places) == 0 and ARGV[4] == '' then return { now, 'unknown' } end

settled()
for i = last_gone + 1, #ARGV, 2 do redis.call('ZADD', places, 'NX', ARGV[i], ARGV[i + 1]) end
for i = 7, last_gone do redis.call('ZREM', places, ARGV[i]) end
redis.call('PEXPIREAT', places, now + CATCH_UP)

if not redis.call('ZSCORE', places, handle) then
  local since = renewed ~= '' and redis.call('ZSCORE', places, renewed)
  if since then
    redis.call('ZREM', places, renewed)
  elseif displaces or redis.call('ZCARD', places) < max then
    local last = redis.call('ZRANGE', places, -1, -1, 'WITHSCORES')[2]
    since = math.max(now, (tonumber(last) or 0) + 0.001) -- two in one millisecond have an order too
  else
    return { now, 'full', redis.call('ZRANGE', places, 0, -1, 'WITHSCORES') }
  end
  redis.call('ZADD', places, since, handle)
  redis.call('PEXPIREAT', places, now + CATCH_UP)
end
local excess = redis.call('ZCARD', places) - max
return { now, 'admitted', displaces and excess > 0 and redis.call('ZRANGE', places, 0, excess - 1) or {} }
