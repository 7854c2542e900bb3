import { RedisStore } from '../src/redis.ts'
import { listSessions } from '../src/store/administration.ts'
import { startCluster } from './helpers/redis-cluster.ts'
import { signIn } from './cli/seed.ts'
const cluster = await startCluster()
const cs = new RedisStore({ client: cluster.connect({ enableAutoPipelining: true }), commandTimeout: 10 })
for (let i = 0; i < 9000; i += 500) await Promise.all(Array.from({ length: 500 }, async (_, j) => await signIn(cs, `u${i + j}`, { user: `u${i + j}` })))
for (const order of [undefined, 'ends-last', 'ends-first'] as const) {
  for (const { client } of cluster.nodes) await client.config('RESETSTAT')
  let pages = 0; const scripts: number[] = []; let rows = 0
  const t = performance.now()
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await listSessions(cs, { userPrefix: 'u777', limit: 50, ...(order ? { order } : {}), ...(cursor === undefined ? {} : { cursor }) })
    pages++; cursor = page.cursor; rows += page.sessions.length
    let sum = 0
    for (const { client } of cluster.nodes) sum += Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0)
    scripts.push(sum)
  }
  console.log('cluster', order, { pages, rows, ms: Math.round(performance.now() - t), scripts: scripts.map((n, i) => n - (scripts[i - 1] ?? 0)).join() })
}
await cluster.stop()
process.exit(0)
