import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifySessionOptions } from '@fastify/session'
import type { FastifyRequest } from 'fastify'
import type { SessionSecurityOptions } from '../../src/index.ts'
import { buildApp } from '../helpers/app.ts'

const SHORT = { absoluteTimeout: 3600 }
const HOUR_MS = 3_600_000

/** What is said at start about the cookie. */
async function said (session: Partial<FastifySessionOptions>, security: SessionSecurityOptions): Promise<unknown[]> {
  const { app, log, held } = await buildApp({ session, security })
  assert.equal(await held(), 0, 'looking leaves no session behind')
  await app.close()
  return log.ours(40).filter(({ msg }) => msg.startsWith('the session cookie outlives')).map(({ cookieAge, longestSession }) => [cookieAge, longestSession])
}

describe('a persistent cookie', () => {
  it('that outlives every session is pointed out once at start', async () => {
    assert.deepEqual(await said({ cookie: { secure: false, maxAge: HOUR_MS + 1000 } }, SHORT), [[3601, 3600]])
    assert.deepEqual(await said({ cookie: { secure: 'auto', expires: new Date(Date.now() + 2 * HOUR_MS) } }, SHORT), [[7200, 3600]])
  })

  it('is measured against the idle timeout where there is no absolute one', async () => {
    assert.deepEqual(await said({ cookie: { secure: false, maxAge: HOUR_MS } }, { absoluteTimeout: false, expireAfter: 600 }), [[3600, 600]])
    assert.deepEqual(await said({ cookie: { secure: false, maxAge: HOUR_MS } }, { absoluteTimeout: false, expireAfter: () => 600 }), [])
  })

  it('that goes no later than the sessions do, or with the browser, is not', async () => {
    for (const cookie of [{ maxAge: HOUR_MS }, { maxAge: 1000 }, {}]) assert.deepEqual(await said({ cookie: { secure: false, ...cookie } }, SHORT), [])
  })

  it('is not looked for where the idGenerator of the application wants to see the request', async () => {
    const idGenerator = (request?: FastifyRequest): string => `${request?.headers['x-tenant']}-${Math.random()}`
    const { app, browser, log } = await buildApp({ session: { idGenerator, cookie: { secure: false, maxAge: 2 * HOUR_MS } }, security: SHORT })
    assert.equal((await browser.post('/sign-in')).statusCode, 200)
    assert.deepEqual(log.ours(40), [])
    await app.close()
  })
})
