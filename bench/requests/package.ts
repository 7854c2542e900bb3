import type * as Main from '../../src/index.ts'
import type * as Redis from '../../src/redis.ts'

/**
 * The published package, as `npm run build` makes it. The sources through tsx would be slower: tsx adds code that sets
 * the name of each function each time the function is made.
 */
export const { MemoryStore, sessionSecurity } = await built<typeof Main>('index.js')
export const { RedisStore } = await built<typeof Redis>('redis.js')

async function built<Module> (file: string): Promise<Module> {
  return await import(new URL(`../../dist/${file}`, import.meta.url).href) as Module
}
