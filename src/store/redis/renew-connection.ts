import { performance } from 'node:perf_hooks'
import type { IoredisCluster } from './ioredis-cluster.ts'
import { addressOf, cutAll, cutNodes, isIoredisCluster, silentNodes } from './ioredis-cluster.ts'
import type { IoredisConnection } from './ioredis-connection.ts'
import {
  boundSentinels, connectNow, cut, forgetPipelines, isClosed, isIoredisConnection, watchClosing
} from './ioredis-connection.ts'
import type { RedisClient } from './redis-client.ts'

/** The ms for which a new connection is left alone. Each renewal without success adds as many, up to three times. */
const REST_MS = 1000
const MOST_RESTS = 3

/** The name under which a look-up of slots is noted; no address has it. */
const SLOTS = 'slots'

/** The ms without a renewal after which the next one begins another outage. */
const OUTAGE_MS = 10_000

/**
 * The outcome of a renewal for the commands that await their answers. `lost`: they never get one. `closed`: the
 * application has closed the client, and nothing is renewed. `kept`: they are answered, or rejected.
 */
export type Renewal = 'kept' | 'lost' | 'closed'

/** The reason for which a connection is to be replaced. */
export interface Complaint {
  /** Whether the server answers, but cannot do what it is asked. A connection to a silent server gets more time. */
  readonly hasAnswered: boolean
  /** The moment at which the command was sent that was refused or not answered. */
  readonly sentAtMs: number
}

/** Replaces the connection to the server of a key. */
export type Renew = (key: string, complaint: Complaint) => Renewal

/**
 * Returns the function that replaces the connections of a client, whatever its options are. Several shards on one
 * server, and several stores with one client, have a connection replaced once.
 */
export function renewerOf (client: RedisClient): Renew {
  const rests = restsOf(client)
  const own = client.renew?.bind(client)
  if (own !== undefined) {
    return (key, { hasAnswered }) => {
      if (rests.begin(key, !hasAnswered)) Promise.resolve(own(key)).catch(() => { /* the next probe finds out */ })
      return 'kept'
    }
  }
  if (!isIoredisConnection(client)) return () => 'kept' // it wraps one, and shows only what the store has to have
  watchClosing(client)
  boundSentinels(client)
  const renew = isIoredisCluster(client) ? renewNodes(client, rests) : renewOnly(client, rests)
  return (key, complaint) => {
    if (isClosed(client)) return 'closed'
    if (isIdle(client)) {
      if (rests.begin('', false)) connectNow(client)
    } else if (renew(key, complaint)) {
      forgetPipelines(client)
      rests.lose()
    }
    return rests.hasLost(complaint) ? 'lost' : 'kept'
  }
}

/** Whether the client has given up, or waits for its next attempt. That may be seconds away. */
function isIdle ({ status }: IoredisConnection): boolean {
  return status === 'end' || status === 'reconnecting'
}

/**
 * Renews the connection of a server.
 * @returns whether commands that await their answers never get one
 */
function renewOnly (client: IoredisConnection, rests: Rests) {
  return (_key: string, { hasAnswered }: Complaint): boolean => {
    return rests.begin('', !hasAnswered) && cut(client, () => connectNow(client))
  }
}

function renewNodes (client: IoredisCluster, rests: Rests) {
  return (key: string, { hasAnswered }: Complaint): boolean => {
    if (client.status === 'ready') {
      const addresses = hasAnswered ? [addressOf(client, key)] : silentNodes(client, key)
      const renewable = addresses.filter(address => rests.begin(address, !hasAnswered))
      return (rests.begin(SLOTS, false) || renewable.length > 0) && cutNodes(client, renewable)
    }
    if (client.status === 'connect' && rests.begin('', true)) cutAll(client)
    return false
  }
}

/** Remembers when each connection was replaced. */
class Rests {
  readonly #renewed = new Map<string, { readonly atMs: number, readonly times: number }>()
  #lostAtMs = -Infinity

  /**
   * Notes a renewal.
   * @returns false while that connection is left alone
   */
  begin (name: string, isPatient: boolean): boolean {
    const nowMs = performance.now()
    const { atMs, times } = this.#renewed.get(name) ?? { atMs: -Infinity, times: 0 }
    const pastMs = nowMs - atMs
    if (pastMs < REST_MS * (isPatient ? Math.min(times, MOST_RESTS) : 1)) return false
    this.#renewed.set(name, { atMs: nowMs, times: pastMs > OUTAGE_MS ? 1 : times + 1 })
    return true
  }

  lose (): void {
    this.#lostAtMs = performance.now()
  }

  /** Whether the answer to an earlier command may never come. Other shards' commands were lost with it. */
  hasLost ({ sentAtMs }: Complaint): boolean {
    return sentAtMs < this.#lostAtMs
  }
}

const allRests = new WeakMap<RedisClient, Rests>()

function restsOf (client: RedisClient): Rests {
  const known = allRests.get(client)
  if (known !== undefined) return known
  const rests = new Rests()
  allRests.set(client, rests)
  return rests
}
