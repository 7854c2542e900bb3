import { randomBytes } from 'node:crypto'
import { Signer } from '@fastify/cookie'
import { Client } from './client.ts'
import type { Fleet } from './fleet.ts'
import { SECRET } from './node-app.ts'

/**
 * The numbers of signatures and handles that a node remembers. They are SIZE in remembering-signer.ts and in handle.ts.
 */
const REMEMBERED = 10_000

/** Requests at a time. */
const AT_ONCE = 32

/**
 * Fills the caches of nodes up to their bounds. A heap that only fills its caches would look like a leak, for as long
 * as it takes people to begin so many sessions.
 */
export async function fillCaches ({ nodes }: Fleet): Promise<void> {
  const signer = new Signer(SECRET)
  const client = new Client()
  let left = REMEMBERED
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) {
      const cookie = `sessionId=${signer.sign(randomBytes(24).toString('base64url'))}`
      for (const { port } of nodes) await client.send(port, { method: 'GET', path: '/poll', cookie })
    }
  }))
  client.close()
}
