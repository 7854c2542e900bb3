--[[
  Reads a token.

  KEYS[1]  the token
  Returns  { now in ms, the record or '' }
]]
--@include session.lua
--@include token.lua
return { now, read_token(token) }
