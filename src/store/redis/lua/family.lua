--[[
  The family of a session: all sessions that renewals have made of one sign-in. Its first session, the root, names the
  members, so that an old handle leads to the living ones in one step, after any number of renewals. A family lies in
  one shard.

    '1 replaced <handles> <since> <lines>'  the record of a renewed root: the latest members, separated by commas; the
                                            moment of its first renewal, in ms; the number of each member's line. A
                                            successor is in the line of its predecessor. A further renewal of the same
                                            session begins a line. The line of the root itself has the number 1
    '1 renewed <handle> <line> <since>'     the record of any other renewed session: its root, and its line

  The record of a live member names the root itself. Twins are the successors of one session in different lines.
]]
--@include tombstones.lua
local MOST_MEMBERS = 4 -- MOST_SUCCESSORS in limits.ts

local function look_up (handle)
  local key = session_key(handle)
  local text = read(key)
  return { handle = handle, key = key, text = text, s = alive(text) }
end

--- Returns the members that the record of a root names, each with its handle and its line; nil for any other record.
local function members_in (text)
  local words, lines = string.match(text or '', '^1 replaced ([^ ]+) %d+ ?(%S*)$')
  if not words then return nil end
  local members, next_line = {}, string.gmatch(lines, '%d+')
  for handle in string.gmatch(words, '[^,]+') do
    local line = tonumber(next_line() or '')
    if line and #members < MOST_MEMBERS then members[#members + 1] = { handle = handle, line = line } end
  end
  return members
end

--- Returns the root of the session's family, and its members. The key of a root holds a renewed root or nothing; a
--- record that names a key with anything else has no root.
local function root_of (one)
  local root = one.s and one.s.root ~= '-' and one.s.root or root_in(one.text) or one.handle
  if root == one.handle then return root, members_in(one.text) or {} end
  if #root ~= #one.handle or not string.match(root, '^[%w_-]+$') then return one.handle, {} end
  local text = read(session_key(root))
  local members = members_in(text)
  if text and not members then return one.handle, {} end
  return root, members or {}
end

--- Returns the latest members of the session's family as they are now, the root, and the members as the root names
--- them. The session itself comes first if it is alive.
local function family_of (one)
  local root, members = root_of(one)
  local found = one.s and { one } or {}
  for _, member in ipairs(members) do
    if member.handle ~= one.handle then found[#found + 1] = look_up(member.handle) end
  end
  return found, root, members
end

--- Whether a later version of this package keeps the session, its root, or one of its members.
local function is_kept_by_later (one, members)
  if is_later(one.text) then return true end
  for _, member in ipairs(members) do
    if is_later(member.text) then return true end
  end
  local root = one.s and one.s.root ~= '-' and one.s.root or root_in(one.text)
  return root and is_later(read(session_key(root))) and true or false
end

--- Returns the session itself if it is alive, or else the latest of its line; nil if that is over. Twins do not count.
local function latest_in_line (one)
  if one.s then return one end
  local root, line = root_in(one.text)
  for _, member in ipairs(members_in(root and read(session_key(root)) or one.text) or {}) do
    if member.line == tonumber(line or 1) then
      local latest = look_up(member.handle)
      return latest.s and latest or nil
    end
  end
  return nil
end

local function living_in (members)
  local living = {}
  for _, one in ipairs(members) do
    if one.s then living[#living + 1] = one end
  end
  return living
end

--- Returns the living members that a log-out with the session ends: all, but those of other users.
local function signed_out_with (one, living)
  if not one.s then return living end
  local same = {}
  for _, other in ipairs(living) do
    if other.s.user == one.s.user then same[#same + 1] = other end
  end
  return same
end

--- Removes a session without an end: its successor goes on, or the caller needs it no more. A tombstone stays for as
--- long as a slow request may hold the session.
local function remove (one, text, how)
  local is_live = one.s.state == 'live'
  if is_live then unindex(one.s, one.handle) end
  local is_kept = is_live and not is_frequent('renewal', one.s.user)
  write_tombstone(one.key, text, now + (is_kept and how.retention or how.anonymous))
end

--- Removes an anonymous session in which a person signed in. Any other session stays.
local function drop (one, how)
  if one.s and one.s.state == ANONYMOUS then remove(one, '1 replaced - ' .. now, how) end
end

--- Returns the position of a successor among the members, and its line. These are the position and the line of its
--- predecessor, or else a new line at the position of a member that is over, or at the end. Without room, the successor
--- takes the position of a member that a later version keeps.
local function position_for (one, living, members)
  local lives, latest = {}, 0
  for _, other in ipairs(living) do lives[other.handle] = true end
  for position, member in ipairs(members) do
    if member.handle == one.handle then return position, member.line end
    latest = math.max(latest, member.line)
  end
  local room = #members + 1
  for position, member in ipairs(members) do
    local is_kept = not lives[member.handle] and is_later(read(session_key(member.handle)))
    if not lives[member.handle] and not is_kept then return position, latest + 1 end
    if is_kept and room > MOST_MEMBERS then room = position end
  end
  return room, latest + 1
end

--- Returns the record of a root.
local function text_of_root (members, since)
  local handles, lines = {}, {}
  for i, member in ipairs(members) do handles[i], lines[i] = member.handle, member.line end
  local words = #handles == 0 and '-' or table.concat(handles, ',')
  return '1 replaced ' .. words .. ' ' .. since .. ' ' .. table.concat(lines, ',')
end

local function since_in (text)
  return string.match(text or '', '^1 replaced [^ ]+ (%d+)') or now
end

--- Removes a session from its family: the handles of its predecessors do not lead to it any more.
local function remove_from_family (one)
  local root, members = root_of(one)
  if root == one.handle then return end
  local key, others = session_key(root), {}
  for _, member in ipairs(members) do
    if member.handle ~= one.handle then others[#others + 1] = member end
  end
  local text = read(key)
  if members_in(text) then redis.call('SET', key, text_of_root(others, since_in(text)), 'KEEPTTL') end
  publish(one.s, one.handle)
  one.s.root = '-'
  rewrite(one.s, one.key, one.text)
end

--- Adds the successor of a session to the family. Several requests may renew a session at once.
local function renew (one, living, root, members, successor, how)
  local kept = now + how.anonymous
  for _, other in ipairs(living) do
    if other.s.state == 'live' then kept = now + how.retention end
  end
  local position, line = position_for(one, living, members)
  members[position] = { handle = successor, line = line }
  local key = session_key(root)
  local text = text_of_root(members, since_in(read(key)))
  if one.s then remove(one, root == one.handle and text or '1 renewed ' .. root .. ' ' .. line .. ' ' .. now, how) end
  local left = redis.call('PTTL', key)
  redis.call('SET', key, text, 'PXAT', math.max(kept, now + left))
end

--- Ends live sessions, and claims the ends for the caller. Returns the handles and records of the authenticated ones,
--- alternating.
local function end_each (living, reason, how)
  local to_index, ended = {}, {}
  for _, one in ipairs(living) do
    if one.s.state == ANONYMOUS then
      remove(one, '1 replaced - ' .. now, how)
    else
      to_index[#to_index + 1] = { handle = one.handle, at = now, user = one.s.user }
      ended[#ended + 1] = one.handle
      ended[#ended + 1] = finish(
        one.s, one.key, reason,
        { at = now, token = how.token, by = how.by, retention = how.retention, device = how.device }
      )
    end
  end
  if #to_index > 0 then index_ended(to_index, now + how.lease, now + how.retention) end
  return ended
end

--- Reads the times of a verb from `ARGV[first]` on: the lease, the retention, that of an anonymous session, that of a
--- device, in ms.
local function times_from (first)
  local lease, retention, anonymous = tonumber(ARGV[first]), tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
  local device = tonumber(ARGV[first + 3])
  return { token = '-', by = '-', lease = lease, retention = retention, anonymous = anonymous, device = device }
end
