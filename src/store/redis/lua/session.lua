--[[
  What several verbs need; scripts.ts puts it in front of those that ask for it. A verb is about its first key unless it
  says so.
]]
--@include time.lua
--@include record.lua
--@include index.lua
--@include mark.lua
enter(KEYS[1])

local HEAD, LONG_HEAD = 511, 8191 -- the last byte of what holds most records, and of what holds nearly all
local MUCH = 131072               -- bytes: less than a millisecond

local function session_key (handle)
  return base .. 's:' .. handle
end

--- The record of a session; nil when there is none; '?' when the key holds something else. Of another session than that of
--- the verb, it fails rather than to say that there is none while the slot migrates: that one may be on the other node.
local function read (key)
  local head = redis.pcall('GETRANGE', key, 0, HEAD)
  if type(head) == 'table' then
    if not string.match(head.err, 'WRONGTYPE') then error(head.err, 0) end
    return '?'
  end
  if #head > HEAD and not string.find(head, '\n', 1, true) then head = redis.call('GETRANGE', key, 0, LONG_HEAD) end
  if #head > LONG_HEAD and not string.find(head, '\n', 1, true) then head = redis.call('GET', key) end
  if head ~= '' then return string.match(head, '^[^\n]*') end
  if redis.call('EXISTS', key) == 1 then return '?' end
  if key ~= session then settled() end
  return nil
end

--- The contents of a live session.
local function read_body (key)
  return body_of(redis.call('GET', key))
end

--- How many bytes of contents have been written again.
local written = 0

--- Writes the record in the place of another text, and leaves the contents. Where it is as long, they are not even read.
local function rewrite (s, key, before)
  local text = text_of(s)
  if #text == #before then
    redis.call('SETRANGE', key, 0, text)
    redis.call('PEXPIREAT', key, life_of(s))
    return text
  end
  local body = read_body(key)
  written = written + #body
  return write(s, key, body)
end

--- The root that the record of a renewed session names, the number of its line, and since when.
local function root_in (text)
  return string.match(text or '', '^1 renewed ([^ ]+) (%d+) (%d+)$')
end

--- The record of a session; of one that has ended, with the device behind a bar as long as that is kept.
local function with_device (text, key)
  if not text or string.sub(text, 1, 8) ~= '1 ended ' then return text end
  local device = redis.pcall('GET', base .. 'd:' .. handle_of(key))
  return type(device) == 'string' and text .. ' | ' .. device or text
end

--- What a caller is told of a session: of one that was renewed, the members of its family, its own successor in front.
local function told (text, key)
  local root, line, since = root_in(text)
  if not root then return with_device(text, key or session) end
  return in_front(read(session_key(root)), line, since)
end

--- Writes a record in the place of a session, whose contents go.
local function supersede (key, text, forgotten)
  redis.call('DEL', key) -- first: a full Redis lets a script go on that has freed something
  redis.call('SET', key, text, 'PXAT', forgotten)
end

--- Ends a live, authenticated session: the record stays for the retention, the device as long as the application wants.
--- Returns both; the caller files it.
local function finish (s, key, reason, how)
  local handle = handle_of(key)
  set_right(s)
  unindex(s, handle)
  tell(s, handle)
  local device = unmarked(s.rest)
  local text = '1 ended ' .. reason .. ' ' .. s.started .. ' ' .. (s.last - s.started) .. ' ' .. (how.at - s.last)
    .. ' ' .. how.token .. ' ' .. how.by .. ' ' .. s.user
  supersede(key, text, now + how.retention)
  if device ~= '' then redis.call('SET', base .. 'd:' .. handle, string.sub(device, 2), 'PXAT', now + how.device) end
  return device == '' and text or text .. ' |' .. device
end
