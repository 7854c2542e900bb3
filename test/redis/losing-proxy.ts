import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { UnixRedisServer } from '../helpers/redis-server.ts'

/** Stands between a client and its server. */
export interface LosingProxy {
  readonly path: string
  /** Breaks the connection between the next command of the server and its answer. */
  loseNext (): void
  close (): Promise<void>
}

export async function openProxy (server: UnixRedisServer): Promise<LosingProxy> {
  let isLosing = false
  const proxy = createServer(near => {
    const far = connect(server.path)
    const part = (): void => { near.destroy(); far.destroy() }
    near.pipe(far)
    far.on('data', chunk => {
      if (!isLosing) return near.write(chunk)
      isLosing = false
      part()
    })
    for (const socket of [near, far]) socket.on('close', part).on('error', () => { /* closes then */ })
  })
  const path = join(server.dir, 'proxy.sock')
  await once(proxy.listen(path), 'listening')
  return {
    path,
    loseNext: () => { isLosing = true },
    async close () {
      const closed = once(proxy, 'close')
      proxy.close()
      await closed
    }
  }
}
