import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import { buildApp } from '../helpers/app.ts'
import { AUDIT, listenToAudit, shown } from '../helpers/channels.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { run, runProcess } from './run.ts'
import { signIn } from './seed.ts'

describe('the audit trail of ends by the command line', () => {
  it('is published by the sweep of a node, with the name of the operator', async t => {
    const server = await startRedis({ clock: true, port: true })
    t.after(async () => await server.stop())
    const store = new RedisStore({ client: server.connect(), commandTimeout: 60 })
    const kit = { name: 'RedisStore', open: () => ({ store, clock: new FakeClock(), held: async () => 0 }) }
    const { app } = await buildApp({ kit })
    t.after(async () => await app.close())
    const handle = await signIn(store, 'a', { user: 'ada', address: '10.0.0.1' })
    const other = await signIn(store, 'b', { user: 'eva' })
    const env = { REDIS_URL: server.url }
    await runProcess(['end', handle, '--by', 'ruth'], env)
    await runProcess(['end-user', 'eva', '--by', 'eva'], env)
    const heard = listenToAudit(t)
    server.advance(CLAIM_LEASE_MS / 1000 + 1)
    for (let sweeps = 0; sweeps < 2; sweeps++) await app.sessionSecurity.sweep()
    assert.deepEqual(shown(heard, 'handle', 'reason', 'by', 'actor').sort(), [
      ['end', handle, 'revoked', 'operator', 'ruth'], ['end', other, 'revoked', 'user', 'eva']
    ].sort())
  })

  it('has the call and the ends of its sweep when a module of its process listens', async t => {
    const server = await startRedis({ clock: true, port: true })
    t.after(async () => await server.stop())
    const store = new RedisStore({ client: server.connect(), commandTimeout: 60 })
    const handle = await signIn(store, 'a', { user: 'ada' })
    const listener = `import { subscribe } from 'node:diagnostics_channel'
      subscribe('${AUDIT}', ({ event, handle, by, actor }) => console.error([event, handle, by, actor].join()))`
    const module = `data:text/javascript,${encodeURIComponent(listener)}`
    const env = { REDIS_URL: server.url, NODE_OPTIONS: `--import=${module}` }
    const revoked = await runProcess(['end', handle, '--by', 'ruth'], env)
    assert.equal(revoked.err, `revocation,${handle},operator,ruth\n`)
    server.advance(CLAIM_LEASE_MS / 1000 + 1)
    const swept = await runProcess(['sweep', '--json'], env)
    assert.equal(swept.err, `end,${handle},operator,ruth\n`)
  })

  it('has the call when a listener is in the process of the command', async t => {
    const server = await startRedis({ port: true })
    t.after(async () => await server.stop())
    const store = new RedisStore({ client: server.connect(), commandTimeout: 60 })
    const handle = await signIn(store, 'a', { user: 'ada' })
    const heard = listenToAudit(t)
    const tokens = [['tokens', 'revoke', 'one'], ['tokens', 'revoke-user', 'ada']]
    for (const args of [['end', handle], ['end-user', 'ada'], ...tokens]) {
      await run([...args, '--by', 'ruth', '--redis', server.url])
    }
    assert.deepEqual(shown(heard, 'what', 'by', 'actor', 'count'), [
      ['session', 1], ['user', 0], ['token', 0], ['tokens', 0]
    ].map(([what, count]) => {
      return ['revocation', what, 'operator', 'ruth', count]
    }))
  })
})
