import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import type { UnixRedisServer } from '../../test/helpers/redis-server.ts'
import type { CountingClient, RedisAddress } from '../requests/connect.ts'
import { connectTo } from '../requests/connect.ts'
import type { Work } from '../requests/redis-counters.ts'
import { readCounters } from '../requests/redis-counters.ts'

/** Number of nodes that call Redis in turn in mode `alone`. */
const NODES = 8

const IDLE_MS = 500

/** One node, as Redis sees it: a connection, and a store on it. */
export interface Node {
  readonly client: CountingClient
  readonly store: RedisStore
}

/** A Redis, or a Cluster, and nodes that use it. */
export interface Site {
  readonly nodes: readonly [Node, ...Node[]]
  /** Returns the work of each server since its start, without its idle work. */
  counters (): Promise<Work[]>
  /** Returns the bytes that all servers use. */
  usedMemory (): Promise<number>
  /** Removes everything from every server. */
  clear (): Promise<void>
  /** Closes the connections of the nodes. */
  stop (): void
}

export async function siteOf (server: UnixRedisServer): Promise<Site> {
  return await makeSite(server.path, [server.connect()])
}

/**
 * Connects nodes, and measures the idle work of the servers.
 * @param servers one client for each server
 */
export async function makeSite (address: RedisAddress, servers: readonly Redis[]): Promise<Site> {
  const read = async (): Promise<Work[]> => await Promise.all(servers.map(readCounters))
  const idleShares = await idleSharesOf(read)
  const others = Array.from({ length: NODES - 1 }, () => makeNode(address))
  const nodes: Site['nodes'] = [makeNode(address), ...others]
  return {
    nodes,
    async counters () {
      const seconds = performance.now() / 1000
      return (await read()).map((counters, i) => {
        return { ...counters, cpuSeconds: counters.cpuSeconds - seconds * (idleShares[i] ?? 0) }
      })
    },
    async usedMemory () {
      const infos = await Promise.all(servers.map(async server => await server.info('memory')))
      return infos.reduce((sum, info) => sum + Number(/used_memory:(\d+)/.exec(info)?.[1]), 0)
    },
    async clear () { await Promise.all(servers.map(async server => await server.flushall())) },
    stop () { for (const { client } of nodes) client.disconnect() }
  }
}

/**
 * Measures the share of a core that each idle server uses. Redis uses it for timers, and in a Cluster for messages to
 * the other servers.
 */
async function idleSharesOf (read: () => Promise<Work[]>): Promise<number[]> {
  await read()
  const [before, after] = [await read(), await read()]
  await sleep(IDLE_MS)
  const later = await read()
  return later.map(({ cpuSeconds }, i) => {
    const [first = NaN, second = NaN] = [before[i]?.cpuSeconds, after[i]?.cpuSeconds]
    return Math.max(0, (cpuSeconds - second) - (second - first)) / IDLE_MS * 1000
  })
}

function makeNode (address: RedisAddress): Node {
  const client = connectTo(address)
  return { client, store: new RedisStore({ client, commandTimeout: 60 }) }
}
