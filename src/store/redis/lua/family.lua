--[[
  The family of a session: all that renewals have made of one sign-in. Its first session, the root, knows the members,
  so that an old handle leads to the living ones in one step, after however many renewals. A family lies in one shard.

    '1 replaced <handles> <since> <lines>'  the record of a root that was renewed: the latest members, with commas, when it
                                            was renewed first, in ms, and the number of each member's line. A renewal goes
                                            on in the line of its predecessor; one more renewal of the same session begins
                                            a line. The line of the root itself has the number 1
    '1 renewed <handle> <line> <since>'     the record of any other that was renewed: its root, and its line

  The record of a live member names the root itself.
]]
--@include history.lua
local MOST_MEMBERS = 4 -- MOST_SUCCESSORS in limits.ts

local function look_at (handle)
  local key = session_key(handle)
  local text = read(key)
  return { handle = handle, key = key, text = text, s = alive(text) }
end

--- The members that the record of a root names, each with its handle and its line; nil if it is no root that was
--- renewed.
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

--- The root of the session's family, and its members. A root is renewed or forgotten: anything else that a record names
--- is none.
local function root_of (one)
  local root = one.s and one.s.root ~= '-' and one.s.root or root_in(one.text) or one.handle
  if root == one.handle then return root, members_in(one.text) or {} end
  if #root ~= #one.handle or not string.match(root, '^[%w_-]+$') then return one.handle, {} end
  local text = read(session_key(root))
  local members = members_in(text)
  if text and not members then return one.handle, {} end
  return root, members or {}
end

--- Returns the latest members of the session's family as they are now, the session itself in front if it is alive, the
--- root, and the members as the root names them.
local function family_of (one)
  local root, members = root_of(one)
  local found = one.s and { one } or {}
  for _, member in ipairs(members) do
    if member.handle ~= one.handle then found[#found + 1] = look_at(member.handle) end
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

--- Finds the session as which one goes on, if it is alive: itself, or the latest of its line. Twins are others.
local function line_of (one)
  if one.s then return one end
  local root, line = root_in(one.text)
  for _, member in ipairs(members_in(root and read(session_key(root)) or one.text) or {}) do
    if member.line == tonumber(line or 1) then
      local latest = look_at(member.handle)
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

--- Of the living members those that a log-out with that session ends: all, but those of other users.
local function signed_out_with (one, living)
  if not one.s then return living end
  local same = {}
  for _, other in ipairs(living) do
    if other.s.user == one.s.user then same[#same + 1] = other end
  end
  return same
end

--- A session gives way to others, or to none: that is nobody's end. It stays known so long as a slow request may hold it.
local function replace (one, text, how)
  local is_live = one.s.state == 'live'
  if is_live then unindex(one.s, one.handle) end
  local is_kept = is_live and not is_one_of_many('renewal', one.s.user)
  supersede(one.key, text, now + (is_kept and how.retention or how.anonymous))
end

--- An anonymous session that somebody signed in to. Anything else stays.
local function drop (one, how)
  if one.s and one.s.state == 'visitor' then replace(one, '1 replaced - ' .. now, how) end
end

--- Where a successor stands among the members, and in which line: those of its predecessor; or in a line of its own, in
--- the place of a member that is over, or behind. A member that a later version keeps gives way where there is no room.
local function place_for (one, living, members)
  local lives, latest = {}, 0
  for _, other in ipairs(living) do lives[other.handle] = true end
  for place, member in ipairs(members) do
    if member.handle == one.handle then return place, member.line end
    latest = math.max(latest, member.line)
  end
  local room = #members + 1
  for place, member in ipairs(members) do
    local is_kept = not lives[member.handle] and is_later(read(session_key(member.handle)))
    if not lives[member.handle] and not is_kept then return place, latest + 1 end
    if is_kept and room > MOST_MEMBERS then room = place end
  end
  return room, latest + 1
end

--- The record of a root.
local function text_of_root (members, since)
  local handles, lines = {}, {}
  for i, member in ipairs(members) do handles[i], lines[i] = member.handle, member.line end
  return '1 replaced ' .. (#handles == 0 and '-' or table.concat(handles, ',')) .. ' ' .. since .. ' ' .. table.concat(lines, ',')
end

local function since_in (text)
  return string.match(text or '', '^1 replaced [^ ]+ (%d+)') or now
end

--- Parts a session from its family: the handles from before its renewals lead to it no more.
local function sever (one)
  local root, members = root_of(one)
  if root == one.handle then return end
  local key, others = session_key(root), {}
  for _, member in ipairs(members) do
    if member.handle ~= one.handle then others[#others + 1] = member end
  end
  local text = read(key)
  if members_in(text) then redis.call('SET', key, text_of_root(others, since_in(text)), 'KEEPTTL') end
  tell(one.s, one.handle)
  one.s.root = '-'
  rewrite(one.s, one.key, one.text)
end

--- Lets a session go on as one more member of its family. Several requests may renew it at once.
local function renew (one, living, root, members, successor, how)
  local kept = now + how.anonymous
  for _, other in ipairs(living) do
    if other.s.state == 'live' then kept = now + how.retention end
  end
  local place, line = place_for(one, living, members)
  members[place] = { handle = successor, line = line }
  local key = session_key(root)
  local text = text_of_root(members, since_in(read(key)))
  if one.s then replace(one, root == one.handle and text or '1 renewed ' .. root .. ' ' .. line .. ' ' .. now, how) end
  local left = redis.call('PTTL', key)
  redis.call('SET', key, text, 'PXAT', math.max(kept, now + left))
end

--- Ends live sessions, claimed for the caller. Returns handles and records, alternating, of the authenticated ones.
local function end_each (living, reason, how)
  local filed, ended = {}, {}
  for _, one in ipairs(living) do
    if one.s.state == 'visitor' then
      replace(one, '1 replaced - ' .. now, how)
    else
      filed[#filed + 1] = { handle = one.handle, at = now, user = one.s.user }
      ended[#ended + 1] = one.handle
      ended[#ended + 1] = finish(
        one.s, one.key, reason,
        { at = now, token = how.token, by = how.by, retention = how.retention, device = how.device }
      )
    end
  end
  if #filed > 0 then file(filed, now + how.lease, now + how.retention) end
  return ended
end

--- Reads the times that a verb is given, from there on in ARGV: the lease, the retention, that of an anonymous session,
--- that of a device, in ms.
local function times_from (first)
  local lease, retention, anonymous = tonumber(ARGV[first]), tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
  local device = tonumber(ARGV[first + 3])
  return { token = '-', by = '-', lease = lease, retention = retention, anonymous = anonymous, device = device }
end
