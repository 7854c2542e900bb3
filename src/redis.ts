export type { RedisClient, RedisNode } from './store/redis/redis-client.ts'
export { RedisStore } from './store/redis/redis-store.ts'
export type { RedisStoreOptions } from './store/redis/redis-store.ts'
