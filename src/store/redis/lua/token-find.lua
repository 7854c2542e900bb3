--[[
  Reads a token.

  KEYS[1]  the token
  Returns  { now in us, the record or '' }
]]
--@include session.lua
--@include token.lua
return { now_us, read_token(token) }
