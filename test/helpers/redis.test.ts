import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { startCluster } from './redis-cluster.ts'
import { until } from './redis-process.ts'
import { startSentinels } from './redis-sentinel.ts'
import { startRedis } from './redis-server.ts'

describe('the helpers of Redis', { concurrency: true }, () => {
  it('start a server that answers, and leave nothing of it', async () => {
    for (const server of [await startRedis(), await startRedis({ port: true }), await startRedis({ clock: true })]) {
      assert.equal(await server.connect().ping(), 'PONG')
      assert.ok(isRunning(server.pid))
      await server.stop()
      assert.ok(!isRunning(server.pid))
      assert.ok(!existsSync(server.dir))
      assert.ok(!existsSync(`/dev/shm/faketime_shm_${server.pid}`))
    }
  })

  it('stop a server that is paused', async () => {
    const server = await startRedis()
    const client = server.connect()
    await client.ping()
    server.pause()
    const unanswered = assert.rejects(client.ping(), /Connection is closed/)
    await server.stop()
    await unanswered
    assert.ok(!isRunning(server.pid))
  })

  it('say why a server does not start', async () => {
    await assert.rejects(startRedis({ args: ['--nonsense', 'yes'] }), /Bad directive/)
  })

  it('start a server again with what it has on disk', async () => {
    const server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    try {
      const client = server.connect()
      await client.set('key', 'kept')
      await server.kill()
      assert.ok(!isRunning(server.pid))
      await server.restart()
      assert.equal(await client.get('key'), 'kept')
    } finally {
      await server.stop()
    }
  })

  it('let as much time pass for a server as they are told, and no more', async () => {
    const server = await startRedis({ clock: true })
    try {
      const client = server.connect()
      await client.set('key', 'value', 'PX', 60_000)
      for (const [seconds, keys] of [[9.9, 1], [60.5, 0]] as const) {
        const before = await timeOf(client)
        server.advance(seconds)
        assert.equal(Math.round((await timeOf(client) - before) * 1000), seconds * 1000)
        assert.equal(await client.exists('key'), keys)
      }
      const before = await timeOf(client)
      await server.restart()
      assert.ok(await timeOf(client) >= before)
    } finally {
      await server.stop()
    }
  })

  it('start a cluster, and migrate a slot of it', async () => {
    const cluster = await startCluster()
    try {
      const client = cluster.connect()
      const keys = Array.from({ length: 10 }, (_, index) => `{${index}}:key`)
      for (const key of keys) await client.set(key, `value of ${key}`)
      const sizes = await Promise.all(cluster.nodes.map(({ client }) => client.dbsize()))
      assert.equal(sizes.reduce((sum, size) => sum + size, 0), keys.length)
      assert.ok(sizes.every(size => size > 0), String(sizes))

      const slot = await client.cluster('KEYSLOT', '{0}:key')
      const from = Math.floor(slot * 3 / 16_384)
      const to = (from + 1) % 3
      await cluster.migrateSlot(slot, from, to)
      assert.equal(await cluster.nodes[to]?.client.get('{0}:key'), 'value of {0}:key')
      await assert.rejects(Promise.resolve(cluster.nodes[from]?.client.get('{0}:key')), /MOVED/)
      for (const key of keys) assert.equal(await client.get(key), `value of ${key}`)
    } finally {
      await cluster.stop()
    }
    assert.ok(cluster.nodes.every(({ server }) => !isRunning(server.pid)))
  })

  it('start sentinels, and fail over', async () => {
    const redis = await startSentinels()
    try {
      const client = redis.connect()
      await client.set('key', 'value')
      assert.equal(await client.wait(1, 5000), 1)
      await redis.failOver()
      assert.equal(await client.get('key'), 'value')
      assert.equal(await client.set('key', 'new'), 'OK')
      assert.equal(await redis.replica.client.get('key'), 'new')
    } finally {
      await redis.stop()
    }
    assert.ok([redis.master, redis.replica, ...redis.sentinels].every(({ server }) => !isRunning(server.pid)))
  })

  it('start sentinels to which the servers they watch are well, however far these are put forward', async () => {
    const redis = await startSentinels({ clock: true })
    try {
      const { master, replica, sentinels } = redis
      const client = redis.connect()
      for (const days of [1, 30, 400]) {
        await master.client.config('RESETSTAT')
        redis.advance(days * 86_400)
        await until('all have been asked by the sentinels, and the replica has told how far it is', async () => {
          const stats = await master.client.info('commandstats')
          return callsOf(stats, 'ping') >= 2 * sentinels.length && callsOf(stats, 'replconf') >= 2
        })
        assert.match(await master.client.info('stats'), /^sync_full:0\r\nsync_partial_ok:0\r$/m) // the link has held
        assert.equal(await client.set('key', days), 'OK')
        assert.equal(await client.wait(1, 5000), 1)
        assert.equal(await replica.client.get('key'), String(days))
        for (const sentinel of sentinels) {
          const state = JSON.stringify(await sentinel.client.call('SENTINEL', 'MASTER', 'mymaster'))
          for (const one of ['"flags","master"', '"config-epoch","0"']) assert.ok(state.includes(one), state)
        }
      }
    } finally {
      await redis.stop()
    }
  })
})

function callsOf (stats: string, command: string): number {
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0)
}

async function timeOf (client: Redis): Promise<number> {
  const [seconds, microseconds] = await client.time()
  return Number(seconds) + Number(microseconds) / 1e6
}

function isRunning (pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
