--[[
  Takes one of a user's places for a session. Whether the sessions that have the others are still alive, only their shards
  know: where none is free, the caller finds out, ends what must give way, and asks again.

  KEYS[1]  the places of the user
  ARGV[1]  the session
  ARGV[2]  how many places there are
  ARGV[3]  the session that this one goes on for, whose place it takes; or ''
  ARGV[4]  'known' when all live sessions of the user are among those below; or ''
  ARGV[5]  how many sessions are named that have ended
  ARGV[6…] these; after them: when a place was taken in ms, and by which session, alternating
  Returns  { now in ms, 'admitted' }, or 'full' and who has the places, the first in front, or 'unknown': nobody knows who has the places
]]
--@include session.lua
local places, handle, renewed = KEYS[1], ARGV[1], ARGV[3]
local last_gone = 5 + tonumber(ARGV[5])
if redis.call('EXISTS', places) == 0 and ARGV[4] == '' then return { now, 'unknown' } end

settled()
for i = last_gone + 1, #ARGV, 2 do redis.call('ZADD', places, 'NX', ARGV[i], ARGV[i + 1]) end
for i = 6, last_gone do redis.call('ZREM', places, ARGV[i]) end
local answer = 'admitted'
local since = renewed ~= '' and redis.call('ZSCORE', places, renewed)
if redis.call('ZSCORE', places, handle) then
  since = nil
elseif since then
  redis.call('ZREM', places, renewed)
elseif redis.call('ZCARD', places) < tonumber(ARGV[2]) then
  local last = redis.call('ZRANGE', places, -1, -1, 'WITHSCORES')[2]
  since = math.max(now, (tonumber(last) or 0) + 0.001) -- two in one millisecond have an order too
else
  answer = 'full'
end
if since then redis.call('ZADD', places, since, handle) end
redis.call('PEXPIREAT', places, now + CATCH_UP)
return { now, answer, answer == 'full' and redis.call('ZRANGE', places, 0, -1) or nil }
