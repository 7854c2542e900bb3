import type * as Main from '../../src/index.ts'
import type * as Redis from '../../src/redis.ts'

/**
 * What is published: as `npm run build` makes it, and not as tsx translates the sources, which names every function
 * anew each time that it is made.
 */
export const { MemoryStore, sessionSecurity } = await built<typeof Main>('index.js')
export const { RedisStore } = await built<typeof Redis>('redis.js')

async function built<Module> (file: string): Promise<Module> {
  return await import(new URL(`../../dist/${file}`, import.meta.url).href) as Module
}
