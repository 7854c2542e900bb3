import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyRequest } from 'fastify'
import type { SessionOptions, SessionSecurityOptions } from '../../src/options/options.ts'
import { buildApp } from '../helpers/app.ts'

const SHORT = { absoluteTimeout: 3600 }
const HOUR_MS = 3_600_000

const OUTLIVES = /^the session cookie outlives every session/
const TOO_SHORT = /^the session cookie is shorter than expireAfter/
const NOT_RENEWED = /^the session cookie is not renewed and ends before the session does/

interface Said {
  readonly message: RegExp
  readonly age: unknown
  /** The time of the session itself, with which the warning compares it. */
  readonly session: unknown
}

/** Returns the log lines about the cookie at start. */
async function said (
  session: Partial<SessionOptions>, security: Partial<SessionSecurityOptions>
): Promise<Said[]> {
  const { app, log, held } = await buildApp({ session, security })
  assert.equal(await held(), 0, 'looking leaves no session behind')
  await app.close()
  return log.ours(40).map(({ msg, cookieAge, longestSession, expireAfter }) => {
    const message = [OUTLIVES, TOO_SHORT, NOT_RENEWED].find(known => known.test(msg)) ?? assert.fail(msg)
    return { message, age: cookieAge, session: longestSession ?? expireAfter }
  })
}

describe('a persistent cookie', () => {
  it('that outlives every session is pointed out once at start', async () => {
    assert.deepEqual(await said({ cookie: { secure: false, maxAge: HOUR_MS + 1000 } }, SHORT),
      [{ message: OUTLIVES, age: 3601, session: 3600 }])
    assert.deepEqual(await said({ cookie: { secure: 'auto', expires: new Date(Date.now() + 2 * HOUR_MS) } }, SHORT),
      [{ message: OUTLIVES, age: 7200, session: 3600 }])
  })

  it('is measured against the idle timeout where there is no absolute one', async () => {
    const session = { cookie: { secure: false, maxAge: HOUR_MS } }
    assert.deepEqual(await said(session, { absoluteTimeout: false, expireAfter: 600 }),
      [{ message: OUTLIVES, age: 3600, session: 600 }])
    assert.deepEqual(await said(session, { absoluteTimeout: false, expireAfter: () => 600 }), [])
  })

  it('that goes no later than the sessions do, or with the browser, is not', async () => {
    for (const cookie of [{ maxAge: HOUR_MS }, {}]) {
      assert.deepEqual(await said({ rolling: true, cookie: { secure: false, ...cookie } }, SHORT), [])
    }
  })

  it('that is gone before the idle timeout is over is pointed out, renewed or not (R4)', async () => {
    for (const rolling of [true, false]) {
      assert.deepEqual(await said({ rolling, cookie: { secure: false, maxAge: 9000 } }, SHORT),
        [{ message: TOO_SHORT, age: 9, session: 10 }])
    }
  })

  it('that is not renewed and gone before the session is over is pointed out (R4)', async () => {
    const cookie = { secure: false, maxAge: HOUR_MS / 2 }
    assert.deepEqual(await said({ cookie }, SHORT), [{ message: NOT_RENEWED, age: 1800, session: 3600 }])
    assert.deepEqual(await said({ rolling: true, cookie }, SHORT), [])
    assert.deepEqual(await said({ cookie }, { absoluteTimeout: () => 3600 }), [], 'a function cannot be compared')
  })

  it('is looked for without a session, so that an idGenerator which wants a request is not asked', async () => {
    const idGenerator = (request?: FastifyRequest): string => `${request?.headers['x-tenant']}-${Math.random()}`
    const cookie = { secure: false, maxAge: 2 * HOUR_MS }
    const { app, browser, log } = await buildApp({ session: { idGenerator, cookie }, security: SHORT })
    assert.deepEqual(log.ours(40).map(({ msg }) => OUTLIVES.test(msg)), [true])
    assert.equal((await browser.post('/sign-in')).statusCode, 200)
    await app.close()
  })
})
