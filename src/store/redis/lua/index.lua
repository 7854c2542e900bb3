--[[
  The indexes in which the sweep and the lists find sessions. A verb is about the key that it passes to enter(). The
  script derives the other keys of the shard from that key: they share its hash tag, and only the script knows which
  keys it needs.

    {shard}s:<handle>  string       the record in the first line; of a live session, for each top-level key of the
                                    contents a line "=<key>" (see contents.ts) and a line with JSON
    {shard}d:<handle>  string       the device of an ended session: two words of the record
    {shard}due         sorted set   live, authenticated sessions, by deadline (at most SLACK too early)
    {shard}open        sorted set   pending ends, by the moment from which a node may claim them
    {shard}past        sorted set   ended sessions, by the moment of the end; an expired one at most SLACK too early. An
                                    entry is a handle and the tag of the user: see tombstones.lua
    {shard}brief       sorted set   ended sessions whose tombstone goes as soon as the end is acknowledged
    {shard}ends        string       how many sessions ended within an hour, by user: see tombstones.lua
    {shard}u:<user>    sorted set   a user's live, authenticated sessions, by their beginning, in us; an activity
                                    does not change it
    {shard}o:<user>    string       the moment at which all sessions of the user were ended, in us, and the call
    {shard}t:<hash>    string       a token
    {shard}tokens      sorted set   tokens, by the moment at which they expire
    {shard}tu:<user>   sorted set   the tokens of one user, likewise
    {0}layout          string       over how many shards the sessions are spread
    {shard}life        string       the longest life of the tracked tokens, in ms
]]
local CATCH_UP = 86400000 -- how long an expired session waits for a sweep, in ms
local HOUR = 3600000

local session, base, deadlines, pending, tombstones

local function enter (key)
  session = key
  base = string.match(key, '^.*}')
  deadlines, pending, tombstones = base .. 'due', base .. 'open', base .. 'past'
end

local function handle_of (key)
  return string.sub(key, #base + 3)
end

local function user_key (user)
  return base .. 'u:' .. user
end

--- Removes a live session from the indexes.
local function unindex (s, handle)
  redis.call('ZREM', deadlines, handle)
  if s.user ~= '-' then redis.call('ZREM', user_key(s.user), handle) end
end

--- Fails while the slot migrates, if another node has some of its keys. A script calls it before the first write to
--- several keys: otherwise a write could be half done, or make a second index beside one that is still to come. Redis
--- looks at both nodes for a key that never exists.
local function fail_while_migrating ()
  redis.call('EXISTS', session, base .. 'none')
end

--- Lets the script write when Redis is full. Redis refuses a script whose first write needs memory, and lets a script
--- go on that has freed some. Ends and activities need none: no person is to be signed out, or kept in, because memory
--- is short. (A live session is not in 'open'.)
local function allow_when_full (handle)
  redis.call('ZREM', pending, handle)
end

--- Keeps an index for as long as the keys that it names. It goes by itself when no node sweeps any more.
local function keep_until (key, moment)
  if redis.call('PTTL', key) < moment - now then redis.call('PEXPIREAT', key, moment + HOUR) end
end

--- Keeps the root of a family for as long as its members live: a log-out finds the other members by it.
local function keep_root_until (root, moment)
  if root == '-' then return end
  local key = base .. 's:' .. root
  if redis.call('PTTL', key) < moment - now then redis.call('PEXPIREAT', key, moment) end
end

--- Returns the moment until which the key of a session lives. An anonymous session just expires.
local function expiry_of (s)
  local deadline = deadline_of(s)
  return s.state == ANONYMOUS and deadline or math.min(s.indexed, deadline) + SLACK + CATCH_UP
end

--- Writes a session, and returns its record.
local function write (s, key, body)
  local text = text_of(s)
  redis.call('SET', key, text .. body, 'PXAT', expiry_of(s))
  return text
end

--- Writes only the last activity of a live session: it begins at byte 21 of the record if the times have 13 digits.
--- Returns whether that was possible.
local function write_last (s, key)
  if s.state ~= 'live' or #tostring(s.started) ~= 13 or #tostring(s.last) ~= 13 then return false end
  redis.call('SETRANGE', key, 21, s.last)
  return true
end

--- Adds a session to the indexes, with the score that its record says.
local function index (s, key)
  if s.state == ANONYMOUS then return end
  local gone = expiry_of(s)
  redis.call('ZADD', deadlines, s.indexed, handle_of(key))
  keep_until(deadlines, gone)
  keep_root_until(s.root, s.indexed + SLACK)
  if s.user ~= '-' then keep_until(user_key(s.user), gone) end
end
