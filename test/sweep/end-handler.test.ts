import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EndedSession } from '../../src/index.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { throwing, unheard } from '../helpers/answers.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const unreadable = (): Error =>
  Object.defineProperty(
    new Error('of the handler'), 'extra', { enumerable: true, get () { throw new Error('getter') } }
  )

const FAILURES: Readonly<Record<string, () => unknown>> = {
  'an error with a getter that throws': () => { throw unreadable() },
  'an error that holds such a one': () => { throw Object.assign(new Error('of the handler'), { inner: unreadable() }) },
  'an error whose cause cannot be read': () => {
    throw new Error('of the handler', { cause: new Proxy(new Error('p'), { get: () => throwing(new Error('trap')) }) })
  },
  'a Proxy that throws itself': () => {
    const self: Error = new Proxy(new Error('self'), { get: () => throwing(self) })
    throw self
  },
  undefined: () => throwing(undefined),
  'a text': () => throwing('a text'),
  'a bigint, later': async () => throwing(1n)
}

/** Opens an application with ada, bob and eve. Its handler treats bob's end so. */
async function open (
  kit: StoreKit, ofBob: (ended: EndedSession) => unknown
): Promise<TestApp & { notified: EndedSession[] }> {
  const notified: EndedSession[] = []
  const built = await buildApp({
    kit,
    security: {
      deviceOf: () => ({ address: '::1' }),
      onSessionEnd: ended => {
        if (ended.user === 'bob') return ofBob(ended)
        notified.push(ended)
      }
    },
    routes: app => {
      app.post<{ Params: { user: string } }>('/in/:user', async ({ session, params }) => { session.user = params.user })
    }
  })
  for (const user of ['ada', 'bob', 'eve']) await built.newBrowser().post(`/in/${user}`)
  return { ...built, notified }
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`an onSessionEnd that fails, on ${kit.name}`, () => {
    for (const [what, fails] of Object.entries(FAILURES)) {
      it(`with ${what}: every other end is notified once, and the failed one again`, async () => {
        let isWell = false
        const again: EndedSession[] = []
        const { app, clock, notified, log } = await open(kit, ended => isWell ? again.push(ended) : fails())
        assert.deepEqual(await unheard(async () => {
          assert.equal(await app.sessionSecurity.endAll(), 3)
        }), [])
        assert.deepEqual(notified.map(({ user }) => user).toSorted(), ['ada', 'eve'])
        assert.deepEqual(await app.sessionSecurity.list().then(({ sessions }) => sessions), [])
        const line = log.raw.find(line => line.includes('onSessionEnd failed; it will be called again'))
        assert.match(String(line), /of the handler|FST_SESSION_SECURITY_THROWN/)
        isWell = true
        clock.advance(CLAIM_LEASE_MS / 1000)
        await app.sessionSecurity.sweep()
        assert.deepEqual([again.map(({ user, reason }) => [user, reason]), notified.length], [[['bob', 'revoked']], 2])
        await app.close()
      })
    }

    it('by changing its argument changes nothing: each end is notified once', async () => {
      const { app, clock, notified } = await open(kit, ended => {
        for (const [key, value] of Object.entries({
          handle: 'of nobody', endedAtMs: NaN, reason: 'boredom', lastActivityMs: 5n
        })) {
          assert.equal(Reflect.set(ended, key, value), false)
        }
        assert.equal(Reflect.deleteProperty(ended, 'handle'), false)
        assert.deepEqual([Reflect.set(Object(ended.device), 'address', 'x'), ended.device?.address], [false, '::1'])
      })
      await app.sessionSecurity.endAll()
      clock.advance(CLAIM_LEASE_MS / 1000)
      await app.sessionSecurity.sweep()
      assert.deepEqual([notified.length, (await app.sessionSecurity.stats()).pending], [2, 0])
      await app.close()
    })
  })
}
