import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { RedisStore as ConnectRedis } from 'connect-redis'
import express from 'express'
import type { Express } from 'express'
import session from 'express-session'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { Redis } from 'ioredis'
import * as exported from '../../src/index.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { run } from '../package/run-snippet.ts'
import { script } from './page.ts'

const PAGE = 'docs/migrate/express-session.md'

let redis: UnixRedisServer
let client: Redis
before(async () => {
  redis = await startRedis()
  client = redis.connect()
})
after(async () => await redis.stop())
beforeEach(async () => { await client.flushall() })

type Place = 'express' | 'fastify'

/** One browser that knows both applications. */
class Person {
  cookie = ''
  readonly #origins: Readonly<Record<Place, string>>

  constructor (origins: Readonly<Record<Place, string>>) {
    this.#origins = origins
  }

  async account (at: Place): Promise<string | number> {
    const answer = await this.#fetch(at, '/account')
    return answer.ok ? await answer.text() : answer.status
  }

  async post (at: Place, path: string): Promise<void> {
    const answer = await this.#fetch(at, path, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"user":"ada"}'
    })
    assert.equal(answer.status, 200)
  }

  async #fetch (at: Place, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...init.headers as Record<string, string>, cookie: this.cookie }
    const answer = await fetch(this.#origins[at] + path, { ...init, headers })
    for (const line of answer.headers.getSetCookie()) this.cookie = line.split(';')[0] ?? ''
    return answer
  }
}

async function open (
  test: TestContext, names: object = {}, namesOfExpress: object = names
): Promise<{ person: Person, clock: FakeClock }> {
  const clock = new FakeClock()
  clock.nowMs = Date.now()
  const fromSessionStore = (store: ConnectRedis) => exported.fromSessionStore(store, { clock: clock.now })
  const { default: sessionSecurity } = exported
  const given = { client, express, session, ConnectRedis, Fastify, sessionSecurity, fromSessionStore }
  const former = await run(`${script(PAGE, 'express()')}\nreturn app`, { ...given, ...namesOfExpress }) as Express
  const [next] = await run(`${script(PAGE, 'Fastify()')}\nreturn [app]`, { ...given, ...names }) as [FastifyInstance]
  const server = former.listen(0, '127.0.0.1')
  await once(server, 'listening')
  test.after(async () => {
    server.closeAllConnections()
    server.close()
    await next.close()
  })
  const origins = {
    express: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fastify: await next.listen({ host: '127.0.0.1', port: 0 })
  }
  return { person: new Person(origins), clock }
}

describe('the page on express-session', () => {
  it('people stay signed in with the cookie that they have, and end when they are idle', async t => {
    const { person, clock } = await open(t)
    await person.post('express', '/sign-in')
    const { cookie } = person
    clock.advance(3600)
    assert.deepEqual([await person.account('fastify'), person.cookie], ['ada', cookie])
    clock.advance(600)
    assert.equal(await person.account('express'), 'ada', 'Express knows no deadline')
    assert.equal(await person.account('fastify'), 401)
    assert.equal(await person.account('express'), 401)
  })

  it('a person signs in and out at either of both', async t => {
    const { person } = await open(t)
    for (const [one, other] of [['express', 'fastify'], ['fastify', 'express']] as const) {
      await person.post(one, '/sign-in')
      assert.deepEqual([await person.account(one), await person.account(other)], ['ada', 'ada'])
      await person.post(other, '/sign-out')
      assert.deepEqual([await person.account(one), await person.account(other)], [401, 401])
    }
  })

  it('a request to Express is no activity', async t => {
    const { person, clock } = await open(t)
    await person.post('fastify', '/sign-in')
    clock.advance(599)
    assert.equal(await person.account('express'), 'ada')
    clock.advance(1)
    assert.equal(await person.account('fastify'), 401)
  })

  it('a short secret of before goes into an array', async t => {
    const { person } = await open(t, { secret: ['x'.repeat(32), 'keyboard cat'] }, { secret: 'keyboard cat' })
    await person.post('express', '/sign-in')
    assert.equal(await person.account('fastify'), 'ada')
    const app = Fastify()
    t.after(async () => await app.close())
    const options = { session: { secret: 'keyboard cat' }, userOf: () => null }
    await assert.rejects(async () => await app.register(exported.sessionSecurity, options), /length 32 or greater/)
  })
})
