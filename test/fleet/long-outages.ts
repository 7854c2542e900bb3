import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisClient } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'

// Not part of `npm test`: it takes minutes. `npm run test:long` runs it.

const EXPIRE_AFTER = 20
const AT_WORK = 24
const AWAY = 6

/** The most ms from the promotion of a replica to recovery. */
const SOON_MS = 5000

const DOCUMENTED = {
  commandTimeout: 1000,
  maxRetriesPerRequest: 1,
  retryStrategy: (n: number) => Math.min(n * 50, 500)
}

/** An application with people who do something twice a second, and some who left. */
class Office {
  readonly ended: string[] = []
  readonly site: TestApp
  readonly #people: BrowserJar[] = []
  readonly #absent: string[] = []
  readonly #work: Array<Promise<void>> = []
  #isOpen = true

  private constructor (site: TestApp, ended: string[]) {
    this.site = site
    this.ended = ended
  }

  static async open (client: RedisClient): Promise<Office> {
    const ended: string[] = []
    const store = new RedisStore({ client })
    const site = await buildApp({
      kit: { name: 'RedisStore', open: () => ({ store, clock: new FakeClock(), held: async () => 0 }) },
      security: {
        warnAfter: EXPIRE_AFTER - 5,
        expireAfter: EXPIRE_AFTER,
        absoluteTimeout: 3600,
        allowShortWarning: true,
        sweep: { every: 0.5 },
        onSessionEnd: ({ handle, reason }) => { ended.push(`${handle} ${reason}`) }
      },
      routes: app => {
        app.post<{ Params: { name: string } }>(
          '/sign-in/:name', async request => { request.session.user = request.params.name }
        )
      }
    })
    const office = new Office(site, ended)
    for (let i = 0; i < AWAY; i++) {
      const { cookies } = await office.#signIn(`absent-${i}`)
      office.#absent.push(store.handleOf(String(cookies['sessionId']).split('.')[0] ?? ''))
    }
    for (let i = 0; i < AT_WORK; i++) office.#people.push(await office.#signIn(`person-${i}`))
    office.#work.push(...office.#people.map(async person => await office.#goOn(person)))
    return office
  }

  /** People of different names: on a Cluster their sessions lie on all nodes. */
  async #signIn (name: string): Promise<BrowserJar> {
    const browser = this.site.newBrowser()
    assert.equal((await browser.post(`/sign-in/${name}`)).statusCode, 200)
    return browser
  }

  async #goOn (person: BrowserJar): Promise<void> {
    while (this.#isOpen) {
      const { statusCode } = await person.get('/')
      assert.ok([200, 503].includes(statusCode), `answered ${statusCode}`)
      await sleep(500)
    }
  }

  /** Whether everybody at work is served. */
  async isServing (): Promise<boolean> {
    const users = await Promise.all(this.#people.map(async person => (await person.get('/')).json().user))
    return users.every((user, i) => user === `person-${i}`)
  }

  /** Checks that the people who left are signed out, once each, and nobody else. */
  async endsWell (): Promise<void> {
    await until('all ends are notified', () => this.ended.length >= AWAY, 60_000)
    this.#isOpen = false
    await Promise.all(this.#work)
    assert.ok(await this.isServing(), 'everybody at work is signed in')
    const expected = this.#absent.map(handle => `${handle} idle`)
    assert.deepEqual([...new Set(this.ended)].toSorted(), expected.toSorted())
    await this.site.app.close()
  }
}

describe('G7: when a master stands still', { concurrency: 2 }, () => {
  for (const [how, options] of Object.entries({ 'documented options': DOCUMENTED, 'ioredis\' own options': {} })) {
    it(`and Sentinels promote its replica, with ${how}, people at work go on, and no end is lost`, async () => {
      const sentinels = await startSentinels()
      try {
        const office = await Office.open(sentinels.connect(options))
        await sentinels.failOver('pause')
        await until('all are served again', () => office.isServing(), SOON_MS)
        await office.endsWell()
      } finally {
        await sentinels.stop()
      }
    })

    it(`together with the Sentinel that is asked next, with ${how}, the others are asked`, async () => {
      const sentinels = await startSentinels()
      try {
        const office = await Office.open(sentinels.connect(options))
        const [first, next, last] = sentinels.sentinels
        assert.ok(first !== undefined && last !== undefined)
        const others = [first, last]
        next?.server.pause()
        await sentinels.failOver('pause', others)
        await until('all are served again', () => office.isServing(), SOON_MS)
        await office.endsWell()
      } finally {
        await sentinels.stop()
      }
    })

    it(`for no moment, but is demoted, with ${how}, people at work go on`, async () => {
      const sentinels = await startSentinels()
      try {
        const office = await Office.open(sentinels.connect(options))
        await sentinels.demote()
        await until('all are served again', () => office.isServing(), SOON_MS)
        await office.endsWell()
      } finally {
        await sentinels.stop()
      }
    })

    it(`and comes back as a replica, with ${how}, people at work go on`, async () => {
      const sentinels = await startSentinels()
      try {
        const office = await Office.open(sentinels.connect(options))
        await sentinels.failOver('pause')
        await until('all are served again', () => office.isServing(), SOON_MS)
        sentinels.master.server.resume()
        const isReplica = async (): Promise<boolean> =>
          (await sentinels.master.client.info('replication')).includes('role:slave')
        await until('it is a replica', isReplica, 40_000)
        await until('all are served', () => office.isServing(), SOON_MS)
        await office.endsWell()
      } finally {
        await sentinels.stop()
      }
    })
  }

  for (const [how, redisOptions] of Object.entries({ 'documented options': DOCUMENTED, 'ioredis\' own options': {} })) {
    it(`and its replica in a Cluster takes over, with ${how}, people at work go on, and no end is lost`, async () => {
      const cluster = await startCluster(3, { hasReplica: true })
      try {
        const office = await Office.open(cluster.connect({ redisOptions }))
        cluster.nodes[0]?.server.pause()
        const isMaster = async (): Promise<boolean> =>
          /role:master/.test(String(await cluster.replica?.client.info('replication')))
        await until('the replica takes over', isMaster, 40_000)
        await until('all are served again', () => office.isServing(), SOON_MS)
        await office.endsWell()
      } finally {
        await cluster.stop()
      }
    })
  }
})
