import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { runCli } from '../../src/cli/run-cli.ts'
import { Terminal } from '../../src/cli/terminal.ts'
import type { EndedSession } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'
import type { EndedSummary } from '../../src/store/summary.ts'
import { buildApp } from '../helpers/app.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { latch } from '../helpers/latch.ts'
import { until } from '../helpers/redis-process.ts'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { run, runProcess, startProcess } from './run.ts'
import { signIn, signInMany } from './seed.ts'
import { Sink } from './sink.ts'

let server: TcpRedisServer
let client: Redis
let store: RedisStore
let env: NodeJS.ProcessEnv
before(async () => {
  server = await startRedis({ clock: true, port: true })
  client = server.connect({ enableAutoPipelining: true })
  store = new RedisStore({ client, commandTimeout: 60 })
  env = { REDIS_URL: server.url }
})
after(async () => await server.stop())
beforeEach(async () => { await client.flushall() })

function handlesIn (out: string): string[] {
  return out.trim().split('\n').filter(line => line !== '').map(line => (JSON.parse(line) as EndedSummary).handle)
}

async function pending (): Promise<number> {
  return (await store.stats()).pending
}

describe('sweep', () => {
  it('ends expired sessions, prints them, and is silent without any', async () => {
    const handle = await signIn(store, 'a', { user: 'ada' })
    assert.deepEqual(await run(['sweep'], env), { code: 0, out: '', err: '' })
    server.advance(600)
    const { code, out, err } = await run(['sweep'], env)
    assert.match(out, new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\S{8}\\.\\d{3}Z  ${handle}  idle       ada\\n$`))
    assert.deepEqual([code, err], [0, '1 session ended.\n'])
    assert.equal(await pending(), 0)
  })

  it('has the names that Django and its users know, too', async () => {
    for (const name of ['clear-expired', 'clearsessions']) {
      const handle = await signIn(store, name)
      server.advance(610)
      assert.deepEqual(handlesIn((await run([name, '--json'], env)).out), [handle])
    }
  })

  it('names who ended a session, and escapes that name', async () => {
    const handle = await signIn(store, 'a', { user: 'ada' })
    const nobodys = await signIn(store, 'b')
    await store.end(handle, 'revoked', 'root \u001b[31m')
    await store.end(nobodys, 'revoked', 'root')
    server.advance(60)
    const { out } = await run(['sweep'], env)
    const lines = out.split('\n').map(line => line.split('  ').slice(1).filter(word => word !== '').join('  '))
    assert.deepEqual(lines.toSorted(), [
      '', `${handle}  revoked  ada  by root \\u{1b}[31m`, `${nobodys}  revoked  by root`
    ].toSorted())
  })

  it('names who ended a session as JSON, too', async () => {
    const handle = await signIn(store, 'a', { user: 'ada' })
    await store.end(handle, 'revoked', 'root')
    server.advance(60)
    const line = JSON.parse((await run(['sweep', '--json'], env)).out) as EndedSummary
    assert.deepEqual([line.handle, line.reason, line.by], [handle, 'revoked', 'root'])
  })

  it('ends at most the sessions of --limit', async () => {
    const handles = await signInMany(store, 250)
    server.advance(610)
    const first = handlesIn((await run(['sweep', '--limit', '120', '--json'], env)).out)
    assert.equal(first.length, 120)
    const rest = handlesIn((await run(['sweep', '--json'], env)).out)
    assert.deepEqual([...first, ...rest].toSorted(), handles.toSorted())
  })

  it('keeps what it ended for as long as the application does', async () => {
    await signIn(store, 'a')
    server.advance(600)
    await run(['sweep', '--retention', '1000'], env)
    server.advance(999)
    assert.equal((await store.list({ state: 'ended', limit: 10 })).rows.length, 1)
    server.advance(2)
    assert.equal((await store.list({ state: 'ended', limit: 10 })).rows.length, 0)
  })

  it('changes nothing with --dry-run', async () => {
    const handles = await signInMany(store, 120)
    server.advance(610)
    await store.check()
    const before = [await store.stats(), await client.dbsize()]
    assert.deepEqual(handlesIn((await run(['sweep', '--dry-run', '--json'], env)).out).toSorted(), handles.toSorted())
    assert.equal(handlesIn((await run(['sweep', '--dry-run', '--json', '--limit', '7'], env)).out).length, 7)
    assert.match(
      (await run(['sweep', '--dry-run'], env)).err, /^120 sessions expired\. .*Nothing was changed\.\n$/
    )
    assert.deepEqual([await store.stats(), await client.dbsize()], before)
    assert.equal(handlesIn((await run(['sweep', '--json'], env)).out).length, 120)
  })

  it('shows progress to a person while the output goes to a file', async () => {
    await signInMany(store, 150)
    server.advance(610)
    const err = new Sink({ isTTY: true })
    await runCli(['sweep'], new Terminal(new Sink(), err), env)
    assert.equal(err.text, '100 of 150 sessions\r\u001b[K150 of 150 sessions\r\u001b[K150 sessions ended.\n')
  })
})

describe('a sweep and other sweeps', () => {
  it('share the work with a node: each of 500 ends is notified once (G6: claimed once)', async () => {
    const released = latch()
    const byNode: string[] = []
    const kit = { name: 'RedisStore', open: () => ({ store, clock: new FakeClock(), held: async () => 0 }) }
    const { app } = await buildApp({
      kit,
      security: {
        onSessionEnd: async ({ handle }: EndedSession) => {
          byNode.push(handle)
          await released.opened
        }
      }
    })
    const handles = await signInMany(store, 500)
    server.advance(610)
    const sweeping = app.sessionSecurity.sweep() // waits in its first batch until the other sweep works
    await until('the node is at work', () => byNode.length > 0)
    const child = startProcess(['sweep', '--json'], env)
    const byCli: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      byCli.push(...handlesIn(line))
      released.open()
    }
    await sweeping
    assert.ok(
      byNode.length >= 100 && byCli.length > 0, `${byNode.length} by the node, ${byCli.length} from the command line`
    )
    assert.deepEqual([...byNode, ...byCli].toSorted(), handles.toSorted())
    assert.equal(await pending(), 0)
    await app.close()
  })

  it('share the work with other sweeps from the command line', async () => {
    const handles = await signInMany(store, 500)
    server.advance(610)
    const outcomes = await Promise.all(Array.from(
      { length: 3 }, async () => await runProcess(['sweep', '--json'], env)
    ))
    assert.deepEqual(
      outcomes.map(({ code, err }) => ({ code, err })), Array.from({ length: 3 }, () => ({ code: 0, err: '' }))
    )
    assert.deepEqual(outcomes.flatMap(({ out }) => handlesIn(out)).toSorted(), handles.toSorted())
    assert.equal(await pending(), 0)
  })
})

describe('an end that could not be notified', () => {
  async function moduleOf (source: string): Promise<string> {
    const path = join(server.dir, `on-end-${Math.random()}.mjs`)
    await writeFile(path, source)
    return path
  }

  it('stays pending: a sweep calls the module again, as it calls onSessionEnd', async () => {
    const [ada = '', eve = ''] = [await signIn(store, 'a', { user: 'ada' }), await signIn(store, 'e', { user: 'eve' })]
    server.advance(610)
    const refuses = await moduleOf(
      "export default async ended => { if (ended.user === 'eve') throw new Error('not \\u001b[31mnow') }"
    )
    const first = await run(['sweep', '--json', '--on-end', refuses], env)
    assert.deepEqual([first.code, handlesIn(first.out)], [1, [ada]])
    assert.equal(
      first.err,
      `The end of ${eve} could not be notified: Error: not \\u{1b}[31mnow\n` +
      '1 end could not be notified: it is tried again in a minute.\n'
    )
    server.advance(60)
    const record = join(server.dir, 'notified')
    const takes = await moduleOf(`import { writeFileSync } from 'node:fs'
      export default ended => writeFileSync(${JSON.stringify(record)}, JSON.stringify(ended))`)
    assert.deepEqual(handlesIn((await run(['sweep', '--json', '--on-end', takes], env)).out), [eve])
    const { handle, user, reason, state } = JSON.parse(await readFile(record, 'utf8'))
    assert.deepEqual({ handle, user, reason, state }, { handle: eve, user: 'eve', reason: 'idle', state: undefined })
    assert.equal(await pending(), 0)
  })

  it('is left to other sweeps when no end can be notified', async () => {
    await signInMany(store, 250)
    server.advance(610)
    const { code, out, err } = await run(
      ['sweep', '--on-end', await moduleOf("export default () => { throw new Error('never') }")], env
    )
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /^The end of \S{43} could not be notified: Error: never\n100 ends could not be notified/)
    assert.deepEqual(await store.stats(), { live: 0, ended: 250, expired: 150, pending: 250, lag: 10 })
  })

  it('stays pending also when its line could not be printed', async () => {
    const handle = await signIn(store, 'a')
    server.advance(610)
    const gone = new Writable({ write: (_chunk, _encoding, done) => done(new Error('write EPIPE')) })
    const err = new Sink()
    assert.equal(await runCli(['sweep'], new Terminal(gone, err), env), 1)
    assert.match(err.text, /could not be notified: Error: write EPIPE/)
    server.advance(60)
    assert.deepEqual(handlesIn((await run(['sweep', '--json'], env)).out), [handle])
  })

  it('stays pending after a signal, unless its part is under way', async () => {
    const handles = await signInMany(store, 250)
    server.advance(610)
    const slow = await moduleOf(
      `import { once } from 'node:events'
      process.setMaxListeners(0)
      let isFirst = true
      export default async () => {
        const signal = once(process, 'SIGTERM')
        if (isFirst) console.error('at work')
        isFirst = false
        await signal
      }`
    )
    const child = startProcess(['sweep', '--json', '--on-end', slow], env)
    child.stderr.once('data', () => child.kill('SIGTERM'))
    const notified: string[] = []
    const ended = once(child, 'exit')
    for await (const line of createInterface({ input: child.stdout })) notified.push(...handlesIn(line))
    assert.deepEqual([(await ended)[0], notified.length], [1, 50])
    const rest = handlesIn((await run(['sweep', '--json'], env)).out)
    assert.deepEqual([...notified, ...rest].toSorted(), handles.toSorted())
  })

  it('is not claimed with a module that is none', async () => {
    for (const [path, why] of [
      ['nowhere.mjs', /cannot be loaded/], [await moduleOf('export default 1'), /default export is a function/],
      [await moduleOf('export function onEnd () {}'), /default export is a function/]
    ] as const) {
      const { code, err } = await run(['sweep', '--on-end', path], env)
      assert.equal(code, 2)
      assert.match(err, why)
    }
  })

  it('does not keep the process alive, whatever the module keeps open', async () => {
    const { code } = await runProcess(
      ['sweep', '--on-end', await moduleOf('setInterval(() => {}, 1000); export default () => {}')], env
    )
    assert.equal(code, 0)
  })
})
