--[[
  Reads the record of a session, without its contents.

  KEYS[1]  the session
  Returns  { now in us, the record or nil }
]]
--@include session.lua
return { now_us, record_for_caller(read(session)) }
