--[[
  Where the sweep and the lists look for a session. A verb is about the key that it entered, and finds the other keys of
  that shard by it: they share its hash tag, and only a script knows which it needs.

    {shard}s:<handle>  hash         '@' the record, as text; one field per top-level key of the contents, as JSON
                                    (replies.ts says how it is called); '@<' its root, where it has one
    {shard}due         sorted set   live, authenticated sessions, by deadline (at most SLACK too early)
    {shard}open        sorted set   ended sessions that nobody has acknowledged, by when they may be claimed
    {shard}past        sorted set   ended sessions, by when they ended; by a deadline at most SLACK too early, as in 'due'
    {shard}u:<user>    sorted set   a user's live, authenticated sessions, by when they began, in microseconds; an activity leaves
                                    it alone
    {shard}o:<user>    string       when all sessions of the user that had begun were ended, in microseconds, and by which call
    {shard}e:<user>    sorted set   the same as 'past', of one user: the latest
    {shard}t:<hash>    string       a token
    {shard}tokens      sorted set   tokens, by when they expire
    {shard}tu:<user>   sorted set   the same of one user
    {0}layout          string       in how many shards the sessions lie
    {shard}life        string       for how long a token was said to live at most, in ms
]]
local CATCH_UP = 86400000 -- how long a session that is past its deadline waits for a sweep
local HOUR = 3600000
local MOST_HISTORY = 1000 -- how many ended sessions of a user are listed

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
  local key = root and base .. 's:' .. root
  if key and redis.call('PTTL', key) < moment - now then redis.call('PEXPIREAT', key, moment) end
end

--- Puts it where its record says, and sets the life of its key. An anonymous one just expires.
local function index (s, key)
  if s.state == 'visitor' then return redis.call('PEXPIREAT', key, (deadline_of(s))) end
  local gone = s.indexed + SLACK + CATCH_UP
  redis.call('PEXPIREAT', key, gone)
  redis.call('ZADD', due, s.indexed, handle_of(key))
  outlive(due, gone)
  keep_root(redis.call('HGET', key, ROOT), s.indexed + SLACK)
  if s.user ~= '-' then outlive(user_key(s.user), gone) end
end
