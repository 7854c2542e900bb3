import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { beforeEach, describe, it } from 'node:test'
import { runCli } from '../../src/cli/run-cli.ts'
import { Terminal } from '../../src/cli/terminal.ts'
import { RedisStore } from '../../src/redis.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { until } from '../helpers/redis-process.ts'
import { run, startProcess } from './run.ts'
import { signIn, signInMany } from './seed.ts'
import { Sink } from './sink.ts'

const redis = redisOfSuite({ clock: true })
let store: RedisStore
let env: NodeJS.ProcessEnv
beforeEach(async () => {
  await redis.client.flushall()
  store = new RedisStore({ client: redis.server.connect({ enableAutoPipelining: true }), commandTimeout: 60 })
  env = { REDIS_URL: redis.server.path }
})

/** Runs end-all at a terminal. A person answers the question with the text; `null`: the person leaves. */
async function typing (
  text: string | null, args: readonly string[] = []
): Promise<{ code: unknown, out: string, err: string }> {
  const [out, err] = [new Sink({ isTTY: true }), new Sink({ isTTY: true })]
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const done = runCli(['end-all', ...args], new Terminal(out, err, () => input), env)
  await until('the question is there', () => err.text.includes('to go on: '))
  if (text === null) input.end()
  else input.write(`${text}\n`)
  return { code: await done, out: out.text, err: err.text }
}

describe('end-all', () => {
  it('ends all sessions, with the name of the operator; the nodes notify the application', async () => {
    const handles = await signInMany(store, 450)
    const anonymous = store.handleOf(store.idFor('cart'))
    const terms = { isAuthenticated: false, warnAfter: 540, expireAfter: 600, absoluteTimeout: false } as const
    await store.begin(anonymous, { contents: {}, terms })
    const { code, out, err } = await run(['end-all', '--yes', '--by', 'root', '--json'], env)
    assert.deepEqual([code, JSON.parse(out), err], [0, { ended: 450, left: 0, stopped: false }, ''])
    assert.equal((await store.find(anonymous)).state, 'live')
    redis.server.advance(60)
    const { sessions } = await store.claimEnds(1000)
    assert.deepEqual(sessions.map(({ handle }) => handle).toSorted(), handles.toSorted())
    assert.ok(sessions.every(({ by, reason }) => by === 'root' && reason === 'revoked'))
    assert.equal((await run(['end-all', '--yes'], env)).err, `0 sessions ended. The Redis at ${redis.server.path}.\n`)
  })

  it('asks a person, and accepts only "end all"', async () => {
    await signInMany(store, 3)
    for (const answer of ['', 'yes', 'end', null]) {
      const { code, err } = await typing(answer)
      assert.equal(code, 1, String(answer))
      assert.match(
        err, /This signs everybody out: 3 live sessions\. The Redis at \S+redis\.sock\.\nType "end all" to go on: /
      )
      assert.match(err, /Nothing was done\.\n$/)
    }
    assert.equal((await store.stats()).live, 3)
    const { code, err } = await typing('end all')
    assert.equal(code, 0)
    assert.match(err, /3 of 3 sessions.*3 sessions ended\. The Redis/s)
    assert.equal((await store.stats()).live, 0)
  })

  it('needs --yes without a terminal, and does nothing', async () => {
    await signIn(store, 'a')
    assert.deepEqual(await run(['end-all'], env), {
      code: 2, out: '', err: 'end-all cannot ask without a terminal: add --yes.\n'
    })
    assert.equal((await store.stats()).live, 1)
  })

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`leaves each session live or ended after ${signal}, and ends the rest when called again`, async () => {
      const handles = await signInMany(store, 3000)
      const child = startProcess(['end-all', '--yes', '--json'], env)
      const exited = once(child, 'exit')
      await until('it is at work', async () => (await store.stats()).live < 3000)
      child.kill(signal)
      await exited
      const { live, ended, pending } = await store.stats()
      assert.ok(live > 0 && ended > 0, `${live} live, ${ended} ended`)
      assert.deepEqual([live + ended, pending], [3000, ended])
      const { out } = await run(['end-all', '--yes', '--json'], env)
      assert.equal(JSON.parse(out).ended, live)
      redis.server.advance(60)
      const notified = new Set<string>()
      for (let more = true; more;) {
        const batch = await store.claimEnds(1000)
        for (const { handle } of batch.sessions) notified.add(handle)
        more = batch.more
      }
      assert.deepEqual([...notified].toSorted(), handles.toSorted())
    })
  }

  it('reports the sessions that a later version keeps', async () => {
    const [handle = ''] = await signInMany(store, 2)
    const [key = ''] = await redis.client.keys(`*s:${handle}`)
    await redis.client.set(key, '2 x')
    const { code, err } = await run(['end-all', '--yes'], env)
    assert.equal(code, 1)
    assert.match(err, /1 session ended.*\n1 session not ended: kept by a later version/)
  })
})
