--[[
  Proves that the server takes a write. A full Redis allows this write, and it changes nothing: '' is no handle.

  KEYS[1]  the shard's 'open'
  Returns  'proven'
]]
redis.call('ZREM', KEYS[1], '')
return 'proven'
