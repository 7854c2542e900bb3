import type { OnMessage, Subscriber } from '../subscriptions.ts'
import type { AnyNodeRedis, NodeRedisConnection } from './clients.ts'
import { discard } from './discard.ts'
import { named } from './reply-error.ts'

/** The parts of a second client that subscribe. Each kind of node-redis client has them. */
interface Subscribing {
  readonly isOpen: boolean
  on (event: string, listener: () => void): unknown
  connect (): Promise<unknown>
  destroy (): unknown
  unref?: () => unknown
  subscribe (channels: string[], listener: Listener): Promise<unknown>
  unsubscribe (channels: string[]): Promise<unknown>
  sSubscribe (channels: string[], listener: Listener): Promise<unknown>
  sUnsubscribe (channels: string[]): Promise<unknown>
}

type Listener = (message: string, channel: string) => void

/**
 * Makes a second client like the first one, which receives messages. It connects with its first channel. A client of
 * Sentinels cannot be made twice in node-redis 5, but has a connection of its own for messages.
 */
export function nodeRedisSubscriber (client: AnyNodeRedis, onMessage: OnMessage): Subscriber {
  const isCluster = 'nodeClient' in client
  const duplicate: unknown = Reflect.get(client, 'duplicate')
  const isOwn = typeof duplicate === 'function'
  const own = (isOwn ? Reflect.apply(duplicate, client, []) : client) as Subscribing
  own.on('error', () => { /* it comes back by itself */ })
  if (isOwn) own.unref?.() // it keeps no idle process alive
  const heard = new Set<string>()
  let connected = isOwn ? undefined : Promise.resolve<unknown>(own)
  const ready = async (): Promise<Subscribing> => {
    connected ??= own.connect()
    try {
      await connected
    } catch (error) {
      connected = undefined // the next subscription connects again
      throw error
    }
    return own
  }
  const listener: Listener = (_message, channel) => onMessage(channel)
  return {
    command: isCluster ? 'SPUBLISH' : 'PUBLISH',
    async subscribe (channels) {
      for (const channel of channels) heard.add(channel)
      try {
        return await (await ready())[isCluster ? 'sSubscribe' : 'subscribe']([...channels], listener)
      } catch (error) {
        throw named(error)
      }
    },
    async unsubscribe (channels) {
      for (const channel of channels) heard.delete(channel)
      return await (await ready())[isCluster ? 'sUnsubscribe' : 'unsubscribe']([...channels])
    },
    close () {
      if (!own.isOpen) return
      if (isOwn && isConnection(own)) discard(own)
      else if (isOwn) own.destroy()
      else if (heard.size > 0) own.unsubscribe([...heard]).catch(() => { /* the application closes it, too */ })
    }
  }
}

/** Whether a client is one connection. A client of Sentinels or of a Cluster has several. */
function isConnection (client: object): client is NodeRedisConnection {
  return 'isReady' in client && 'sendCommand' in client && !('nodeClient' in client) && !('getMasterNode' in client)
}
