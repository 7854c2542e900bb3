--[[
  What several verbs need; scripts.ts puts it in front of those that ask for it. A verb is about its first key unless it
  says so.
]]
--@include record.lua
--@include index.lua
enter(KEYS[1])

local function session_key (handle)
  return base .. 's:' .. handle
end

--- The text of a record; nil when there is none; '?' when the key holds something else. Of another session than that of
--- the verb, it fails rather than to say that there is none while the slot migrates: that one may be on the other node.
local function read (key)
  local text = redis.pcall('HGET', key, FIELD)
  if type(text) == 'table' then
    if not string.match(text.err, 'WRONGTYPE') then error(text.err) end
    return '?'
  end
  if text then return text end
  if redis.call('EXISTS', key) == 1 then return '?' end
  if key ~= session then settled() end
  return nil
end

--- The root that the record of a renewed session names, the number of its line, and since when.
local function root_in (text)
  return string.match(text or '', '^1 renewed ([^ ]+) (%d+) (%d+)$')
end

--- What a caller is told of a session: of one that was renewed, the members of its family, its own successor in front.
local function told (text)
  local root, line, since = root_in(text)
  if not root then return text end
  return in_front(read(session_key(root)), line, since)
end

--- Of a later version of this package: not ours to judge.
local function is_later (text)
  return text and string.match(text, '^%d+ ') and not string.match(text, '^1 ')
end

--- Writes the record, and returns its text.
local function write (s, key)
  local text = text_of(s)
  redis.call('HSET', key, FIELD, text)
  return text
end

--- Sets fields from a list, some at a time: Lua passes only so many arguments at once.
local function set_fields (key, list, first, last)
  for i = first, last, 100 do
    redis.call('HSET', key, unpack(list, i, math.min(i + 99, last)))
  end
end

--- Writes a record in the place of a session, whose contents go.
local function supersede (key, text, forgotten)
  redis.call('DEL', key) -- first: a full Redis lets a script go on that has freed something
  redis.call('HSET', key, FIELD, text)
  redis.call('PEXPIREAT', key, forgotten)
  return text
end

--- Ends a live, authenticated session: the record stays for the retention. Returns its text; the caller files it.
local function finish (s, key, reason, how)
  local handle, forgotten = handle_of(key), now + how.retention
  set_right(s)
  local text = '1 ended ' .. reason .. ' ' .. s.started .. ' ' .. s.last .. ' ' .. how.at
    .. ' taken ' .. how.token .. ' ' .. how.by .. ' ' .. s.user .. s.rest
  supersede(key, text, forgotten)
  unindex(s, handle)
  if s.user ~= '-' then
    local theirs = base .. 'e:' .. s.user
    redis.call('ZADD', theirs, how.at, handle)
    if redis.call('ZCARD', theirs) > MOST_HISTORY then redis.call('ZREMRANGEBYRANK', theirs, 0, -MOST_HISTORY - 1) end
    redis.call('PEXPIREAT', theirs, forgotten)
  end
  return text
end

--- Puts ended sessions, each with the moment of its end, among those whose end is pending, and into the history.
local function file (ended, claimable, forgotten)
  for first = 1, #ended, 1000 do
    local pending, history = {}, {}
    for i = first, math.min(first + 999, #ended) do
      local one = ended[i]
      pending[#pending + 1], pending[#pending + 2] = claimable, one.handle
      history[#history + 1], history[#history + 2] = one.at, one.handle
    end
    redis.call('ZADD', open, unpack(pending))
    redis.call('ZADD', past, unpack(history))
  end
  outlive(open, forgotten)
  outlive(past, forgotten)
end
