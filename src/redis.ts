export { fromNodeRedis } from './store/redis/from-node-redis.ts'
export type {
  AnyNodeRedis, NodeRedisClient, NodeRedisCluster, NodeRedisSentinel
} from './store/redis/node-redis/clients.ts'
export type { RedisClient, RedisNode } from './store/redis/redis-client.ts'
export { RedisStore } from './store/redis/redis-store.ts'
export type { RedisStoreOptions } from './store/redis/redis-store-options.ts'
