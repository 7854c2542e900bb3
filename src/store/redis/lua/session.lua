--[[
  The functions that several verbs need. scripts.ts includes this file in the verbs that ask for it. A verb is about its
  first key unless it says otherwise.
]]
--@include time.lua
--@include record.lua
--@include index.lua
--@include mark.lua
enter(KEYS[1])

local HEAD, LONG_HEAD = 511, 8191 -- most records end before byte 511, nearly all before byte 8191
local MAX_WRITTEN = 131072        -- bytes: less than a millisecond

local function session_key (handle)
  return base .. 's:' .. handle
end

--- Returns the record of a session; nil if there is none; '?' if the key holds another type. For any key but that of
--- the verb, it fails while the slot migrates instead of returning nil: another node may have the key.
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
  if key ~= session then fail_while_migrating() end
  return nil
end

--- Returns the contents of a live session.
local function read_body (key)
  return body_of(redis.call('GET', key))
end

--- Counts the bytes of contents that the script has written again.
local written = 0

--- Writes the record in place of another text, and keeps the contents. If both are of one length, it does not read
--- them.
local function rewrite (s, key, before)
  local text = text_of(s)
  if #text == #before then
    redis.call('SETRANGE', key, 0, text)
    redis.call('PEXPIREAT', key, expiry_of(s))
    return text
  end
  local body = read_body(key)
  written = written + #body
  return write(s, key, body)
end

--- Returns the root that the record of a renewed session names, the number of its line, and the moment of its renewal.
local function root_in (text)
  return string.match(text or '', '^1 renewed ([^ ]+) (%d+) (%d+)$')
end

--- Returns the record of a session; of an ended one, with the device behind a bar for as long as Redis keeps that.
local function with_device (text, key)
  if not text or string.sub(text, 1, 8) ~= '1 ended ' then return text end
  local device = redis.pcall('GET', base .. 'd:' .. handle_of(key))
  return type(device) == 'string' and text .. ' | ' .. device or text
end

--- Returns the record as a verb answers with it: of a renewed session, the members of its family, its own successor
--- first.
local function record_for_caller (text, key)
  local root, line, since = root_in(text)
  if not root then return with_device(text, key or session) end
  return record_of_renewed(read(session_key(root)), line, since)
end

--- Writes a tombstone in place of a session, and deletes the contents.
local function write_tombstone (key, text, forgotten)
  redis.call('DEL', key) -- first: a full Redis lets a script go on that has freed memory
  redis.call('SET', key, text, 'PXAT', forgotten)
end

--- Ends a live, authenticated session. The tombstone stays for the retention, the device for the time that the
--- application sets. Returns both as one text; the caller passes the end to index_ended().
local function finish (s, key, reason, how)
  local handle = handle_of(key)
  correct_times(s)
  unindex(s, handle)
  publish(s, handle)
  local device = unmarked(s.rest)
  local text = '1 ended ' .. reason .. ' ' .. s.started .. ' ' .. (s.last - s.started) .. ' ' .. (how.at - s.last)
    .. ' ' .. how.token .. ' ' .. how.by .. ' ' .. s.user
  write_tombstone(key, text, now + how.retention)
  if device ~= '' then redis.call('SET', base .. 'd:' .. handle, string.sub(device, 2), 'PXAT', now + how.device) end
  return device == '' and text or text .. ' |' .. device
end
