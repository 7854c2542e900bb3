--[[
  Notes that ends have been told. They stay known for the retention.

  KEYS[1]  any key of the shard
  ARGV[…]  handles
  Returns  nothing
]]
--@include session.lua
for _, handle in ipairs(ARGV) do
  local key = session_key(handle)
  local head, tail = string.match(read(key) or '', '^(1 ended %l+ %d+ %d+ %d+) %l+ (.*)$')
  if head then redis.call('HSET', key, FIELD, head .. ' told ' .. tail) end
  redis.call('ZREM', open, handle)
end
