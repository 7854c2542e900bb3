--[[
  Where the sweep and the lists look for a session. A verb is about the key that it entered, and finds the other keys of
  that shard by it: they share its hash tag, and only a script knows which it needs.

    {shard}s:<handle>  string       the record in the first line; of a live session, for each top-level key of the contents a
                                    line "=<key>" (contents.ts says how a key is written) and one with its JSON
    {shard}d:<handle>  string       from where a session that has ended was signed in to: two words of the record
    {shard}due         sorted set   live, authenticated sessions, by deadline (at most SLACK too early)
    {shard}open        sorted set   ended sessions that nobody has acknowledged, by when they may be claimed
    {shard}past        sorted set   ended sessions, by when they ended; by a deadline at most SLACK too early, as in 'due'.
                                    An entry is a handle and the tag of the user: see history.lua
    {shard}brief       sorted set   ended sessions that are forgotten as soon as their end is acknowledged
    {shard}ends        string       how many sessions ended within an hour, by user: see history.lua
    {shard}u:<user>    sorted set   a user's live, authenticated sessions, by when they began, in microseconds; an activity
                                    leaves it alone
    {shard}o:<user>    string       when all sessions of the user that had begun were ended, in microseconds, and by which call
    {shard}t:<hash>    string       a token
    {shard}tokens      sorted set   tokens, by when they expire
    {shard}tu:<user>   sorted set   the same of one user
    {0}layout          string       in how many shards the sessions lie
    {shard}life        string       for how long a token was said to live at most, in ms
]]
local CATCH_UP = 86400000 -- how long a session that is past its deadline waits for a sweep
local HOUR = 3600000

local session, base, due, open, past

local function enter (key)
  session = key
  base = string.match(key, '^.*}')
  due, open, past = base .. 'due', base .. 'open', base .. 'past'
end

local function handle_of (key)
  return string.sub(key, #base + 3)
end

local function user_key (user)
  return base .. 'u:' .. user
end

--- Takes a live session out of where it stands.
local function unindex (s, handle)
  redis.call('ZREM', due, handle)
  if s.user ~= '-' then redis.call('ZREM', user_key(s.user), handle) end
end

--- Fails while the slot migrates, when some of its keys are on another node: before the first write to several keys, so
--- that none is half done, and so that none makes an index anew beside one that is still to come. A key that never is
--- makes Redis look at both nodes.
local function settled ()
  redis.call('EXISTS', session, base .. 'none')
end

--- A full Redis refuses a script whose first write needs memory. Ends and activities need none, and go on behind a
--- write that frees some: nobody is to be signed out, or kept in, because memory is short. (A live session is not in
--- 'open'.)
local function allow_when_full (handle)
  redis.call('ZREM', open, handle)
end

--- An index lives no shorter than what it names, and goes by itself when nobody sweeps any more.
local function outlive (key, moment)
  if redis.call('PTTL', key) < moment - now then redis.call('PEXPIREAT', key, moment + HOUR) end
end

--- A log-out finds the others of a family by its root, for as long as they live.
local function keep_root (root, moment)
  if root == '-' then return end
  local key = base .. 's:' .. root
  if redis.call('PTTL', key) < moment - now then redis.call('PEXPIREAT', key, moment) end
end

--- Until when its key lives. An anonymous one just expires.
local function life_of (s)
  local deadline = deadline_of(s)
  return s.state == 'visitor' and deadline or math.min(s.indexed, deadline) + SLACK + CATCH_UP
end

--- Writes a session, and returns its record.
local function write (s, key, body)
  local text = text_of(s)
  redis.call('SET', key, text .. body, 'PXAT', life_of(s))
  return text
end

--- Writes the last activity of a live session, which stands in its record from the 21st byte on if its times have 13 digits.
--- Returns whether that could be done.
local function write_last (s, key)
  if s.state ~= 'live' or #tostring(s.started) ~= 13 or #tostring(s.last) ~= 13 then return false end
  redis.call('SETRANGE', key, 21, s.last)
  return true
end

--- Puts it where its record says.
local function index (s, key)
  if s.state == 'visitor' then return end
  local gone = life_of(s)
  redis.call('ZADD', due, s.indexed, handle_of(key))
  outlive(due, gone)
  keep_root(s.root, s.indexed + SLACK)
  if s.user ~= '-' then outlive(user_key(s.user), gone) end
end
