import type { EventEmitter } from 'node:events'
import type { EndedSession } from '../../src/index.ts'
import { connectTo } from './connection.ts'
import { buildLimitedNode } from './limited-app.ts'
import { measure } from './measures.ts'
import type { FromNode, ToNode } from './messages.ts'
import { buildNode } from './node-app.ts'

// One node of the fleet, in a process of its own. It takes its orders from its parent, and ends with it.

/** From then on, every second notification never returns, and the others never arrive. */
let isBlocking = false
let blocked = 0

/** Those whose listeners are counted. */
const emitters: EventEmitter[] = [process]

/** A leak of listeners that Node.js warns of. */
let warnings = 0

process.on('warning', () => warnings++)

process.once('disconnect', () => process.exit())

process.on('message', async (message: ToNode) => {
  if (message.kind === 'block') {
    isBlocking = true
    return
  }
  if (message.kind === 'measure') return await send({ kind: 'measured', measures: await measure(emitters, warnings) })
  const { connection, skewMs, retention, commandTimeout, limit, timeouts, anonymousSeconds } = message.settings
  const { client, emitter } = await connectTo(connection, commandTimeout)
  const kept = { retention, commandTimeout }
  const app = limit === undefined
    ? await buildNode(
      { client, clock: () => Date.now() + skewMs, ...kept }, onSessionEnd, { timeouts, anonymousSeconds }
    )
    : await buildLimitedNode({ client, ...kept }, limit, onSessionEnd)
  emitters.push(emitter, app.server)
  process.removeAllListeners('disconnect')
  process.once('disconnect', async () => {
    await app.close()
    process.exit()
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  await send({ kind: 'listening', port: Number(new URL(address).port) })
})

/** Resolves once the parent can read the message. The end then counts as notified, whatever happens to this process. */
async function onSessionEnd (ended: EndedSession): Promise<void> {
  if (!isBlocking) return await send({ kind: 'notified', ended })
  if (blocked++ % 2 === 0) await send({ kind: 'notified', ended })
  await send({ kind: 'blocked', ended })
  await new Promise<never>(() => {})
}

function send (message: FromNode): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error: Error | null) => error === null ? resolve() : reject(error))
  })
}
