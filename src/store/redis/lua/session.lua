--[[
  What several verbs need; scripts.ts puts it in front of those that ask for it. A verb is about the key that it entered,
  the first unless it says so, and finds the other keys of that shard by it: they share its hash tag, and only a script
  knows which it needs.

    {shard}s:<handle>  hash         '@' the record, as text; one field per top-level key of the contents (replies.ts says how it is called), as JSON
    {shard}due         sorted set   live, protected sessions, by deadline (at most SLACK too early)
    {shard}open        sorted set   ended sessions that are not told yet, by when they may be claimed
    {shard}past        sorted set   ended sessions, by when they are forgotten
    {shard}left        sorted set   sessions that were renewed or signed out just now, by when that is no longer so
    {shard}u:<user>    sorted set   sessions of one user: live ones as in 'due'; others by when they are forgotten, below 0
    {shard}c:<user>    sorted set   the places of one user, by when they were taken; in the shard of the user's name
    {shard}t:<hash>    string       a token
    {shard}tokens      sorted set   tokens, by when they expire
    {shard}tu:<user>   sorted set   the same of one user

  The record is words (record-text.ts says which). Words that a later version adds at the end are kept.
]]

local FIELD = '@'
local SLACK = 10000         -- an index entry is moved when it is so much too early: most touches leave it alone
local CATCH_UP = 86400000   -- how long a session that is past its deadline waits for a sweep
local HOUR = 3600000
local RENEWAL = 600000      -- a session that was signed out so long ago is not being renewed

local session, base, due, open, past, left

local function enter (key)
  session = key
  base = string.match(key, '^.*}')
  due, open, past, left = base .. 'due', base .. 'open', base .. 'past', base .. 'left'
end

enter(KEYS[1])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function session_key (handle)
  return base .. 's:' .. handle
end

local function handle_of (key)
  return string.sub(key, #base + 3)
end

local function user_key (user)
  return base .. 'u:' .. user
end

--- Fails while the slot migrates, when some of its keys are on another node: before the first write to several keys, so
--- that none is half done, and so that none makes an index anew beside one that is still to come. A key that never is
--- makes Redis look at both nodes.
local function settled ()
  redis.call('EXISTS', session, base .. 'none')
end

--- The text of a record; nil when there is none; '?' when the key holds something else.
local function read (key)
  local text = redis.pcall('HGET', key, FIELD)
  if type(text) == 'table' then
    if not string.match(text.err, 'WRONGTYPE') then error(text.err) end
    return '?'
  end
  if text then return text end
  if redis.call('EXISTS', key) == 1 then return '?' end
  return nil
end

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

--- A live or a visitor's session; nil for anything else. Its times stay words: Lua reckons with them, and prints numbers slowly.
local function parse (text)
  local state, started, last, warn, expire, absolute, user, rest =
    string.match(text or '', '^1 (%l+) (%d+) (%d+) ([%d.e-]+) ([%d.e-]+) ([%d.e-]+) ([^ ]+)(.*)$')
  if state ~= 'live' and state ~= 'visitor' then return nil end
  if not (is_time(started) and is_time(last) and is_seconds(warn) and is_seconds(expire) and (absolute == '-' or is_seconds(absolute))) then return nil end
  return { state = state, started = started, last = last, warn = warn, expire = expire, absolute = absolute, user = user, rest = rest }
end

--- The moment at which it ends, and the reason. A last activity ahead of the clock counts as now.
local function deadline_of (s)
  local idle = math.min(s.last, now) + milliseconds(s.expire)
  local absolute = s.absolute == '-' and math.huge or s.started + milliseconds(s.absolute)
  if idle <= absolute then return idle, 'idle' end
  return absolute, 'absolute'
end

--- The same, if it is alive. A deadline that is reached is passed.
local function alive (text)
  local s = parse(text)
  if s and deadline_of(s) > now then return s end
  return nil
end

--- Takes "<state> <warnAfter> <expireAfter> <absoluteTimeout>" over.
local function set_terms (s, terms)
  s.state, s.warn, s.expire, s.absolute = string.match(terms, '^(%l+) (%S+) (%S+) (%S+)$')
end

--- An index lives no shorter than what it names, and goes by itself when nobody sweeps any more.
local function outlive (key, moment)
  if redis.call('PTTL', key) < moment - now then redis.call('PEXPIREAT', key, moment + HOUR) end
end

local function unindex (s, handle)
  redis.call('ZREM', due, handle)
  if s.user ~= '-' then redis.call('ZREM', user_key(s.user), handle) end
end

--- Where it stands once it is alive no more: who ends all of a user's sessions must find what goes on under another id.
local function leave_user (user, handle, retention)
  if user == '-' then return end
  redis.call('ZADD', user_key(user), -(now + retention), handle)
  outlive(user_key(user), now + retention)
end

--- Likewise for who ends all sessions of everybody.
local function leave (handle)
  redis.call('ZADD', left, now + RENEWAL, handle)
  redis.call('ZREMRANGEBYSCORE', left, '-inf', now)
  outlive(left, now + RENEWAL)
end

--- Puts it where the sweep and the lists look, and sets the life of its key. A visitor's just expires.
local function index (s, key)
  local handle, deadline = handle_of(key), deadline_of(s)
  if s.state == 'visitor' then return redis.call('PEXPIREAT', key, deadline) end
  local gone = deadline + SLACK + CATCH_UP
  redis.call('PEXPIREAT', key, gone)
  redis.call('ZADD', due, deadline, handle)
  outlive(due, gone)
  if s.user == '-' then return end
  local mine = user_key(s.user)
  redis.call('ZADD', mine, deadline, handle)
  redis.call('ZREMRANGEBYSCORE', mine, -now, now - SLACK)
  outlive(mine, gone)
end

--- Whether it does not stand there already, a little too early at most.
local function is_misplaced (s, key)
  local indexed = tonumber(redis.call('ZSCORE', due, handle_of(key)) or nil)
  local deadline = deadline_of(s)
  return not indexed or deadline < indexed or indexed + SLACK <= deadline
end

--- Of a later version of this package: not ours to judge.
local function is_later (text)
  return text and string.match(text, '^%d+ ') and not string.match(text, '^1 ')
end

--- A full Redis refuses a script whose first write needs memory. Ends and activities need none, and go on behind a
--- write that frees some: nobody is to be signed out, or kept in, because memory is short. (A live session is not in 'open'.)
local function allow_when_full (handle)
  redis.call('ZREM', open, handle)
end

--- Writes the record, and returns its text.
local function write (s, key)
  local text = '1 ' .. s.state .. ' ' .. s.started .. ' ' .. s.last .. ' ' .. s.warn .. ' ' .. s.expire .. ' ' .. s.absolute .. ' ' .. s.user .. s.rest
  redis.call('HSET', key, FIELD, text)
  return text
end

--- Sets fields from ARGV, some at a time: Lua passes only so many arguments at once.
local function set_fields (key, first, last)
  for i = first, last, 100 do
    redis.call('HSET', key, unpack(ARGV, i, math.min(i + 99, last)))
  end
end

--- Ends a live, protected session: the contents go, the record stays for the retention. Returns its text; the caller files it.
local function finish (s, key, reason, how)
  local text = '1 ended ' .. reason .. ' ' .. s.started .. ' ' .. s.last .. ' ' .. how.at .. ' ' .. how.status .. ' once ' .. (how.token or '-') .. ' ' .. s.user .. s.rest
  redis.call('DEL', key) -- first: a full Redis lets a script go on that has freed something
  leave_user(s.user, handle_of(key), how.retention)
  if reason == 'logout' then leave(handle_of(key)) end
  redis.call('HSET', key, FIELD, text)
  redis.call('PEXPIREAT', key, now + how.retention)
  return text
end

--- Moves ended sessions from those that are live to those that are to be told, and into the history.
local function file (handles, claimable, retention)
  local told_by, forgotten_at = {}, {}
  for i, handle in ipairs(handles) do
    told_by[2 * i - 1], told_by[2 * i] = claimable, handle
    forgotten_at[2 * i - 1], forgotten_at[2 * i] = now + retention, handle
  end
  redis.call('ZREM', due, unpack(handles))
  redis.call('ZADD', open, unpack(told_by))
  redis.call('ZADD', past, unpack(forgotten_at))
  outlive(open, now + retention)
  outlive(past, now + retention)
end
