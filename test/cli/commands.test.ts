import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import type { EndedSummary, SessionSummary } from '../../src/store/summary.ts'
import type { TokenRecord } from '../../src/store/token-store.ts'
import { RedisStore } from '../../src/redis.ts'
import { end } from '../../src/cli/commands/end.ts'
import { Problem } from '../../src/cli/problem.ts'
import { Terminal } from '../../src/cli/terminal.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { stateOf } from '../store/contract-kit.ts'
import { run, runProcess } from './run.ts'
import { signIn, signInMany } from './seed.ts'
import { Sink } from './sink.ts'

let server: TcpRedisServer
let client: Redis
let store: RedisStore
before(async () => {
  server = await startRedis({ clock: true, port: true })
  client = server.connect({ enableAutoPipelining: true })
  store = new RedisStore({ client, commandTimeout: 60 })
})
after(async () => await server.stop())
beforeEach(async () => { await client.flushall() })

/** Runs a command with --json, and returns its document. */
async function ask<Answer> (args: readonly string[], last: readonly string[] = [], expected = 0): Promise<Answer> {
  const { code, out, err } = await run([...args, '--json', '--redis', server.url, ...last])
  assert.equal(code, expected, err)
  assert.equal(err, '')
  return JSON.parse(out)
}

interface Sessions {
  readonly sessions: readonly SessionSummary[]
  readonly cursor: string | null
}

interface Shown {
  readonly sessions: readonly SessionSummary[]
  readonly unknown: readonly string[]
  readonly later: readonly string[]
}

interface Ended extends Pick<Shown, 'unknown' | 'later'> {
  readonly ended: readonly EndedSummary[]
}

interface Tokens {
  readonly tokens: readonly TokenRecord[]
  readonly cursor: string | null
}

describe('list', () => {
  it('prints user, sign-in, idle time and deadline of a session, and nothing of its contents', async () => {
    const handle = await signIn(store, 'a', { user: 'ada', address: '10.0.0.1', userAgent: 'Browser' })
    server.advance(60)
    const { sessions: [session] } = await ask<Sessions>(['list'])
    const startedAtMs = session?.startedAtMs
    assert.deepEqual(session, {
      state: 'live',
      handle,
      user: 'ada',
      address: '10.0.0.1',
      userAgent: 'Browser',
      startedAtMs,
      lastActivityMs: startedAtMs,
      idleFor: 60,
      expiresIn: 540,
      endsBy: 'idle',
      authenticatedAtMs: startedAtMs
    })
    const { out } = await run(['list'], { REDIS_URL: server.url })
    assert.equal(
      out,
      'HANDLE                                       USER  ADDRESS   STARTED     IDLE    END\n' +
      `${handle}  ada   10.0.0.1  60 sec ago  60 sec  in 9 min, idle\n`
    )
  })

  it('takes a user, a state, an order and a limit, and continues with a cursor', async () => {
    const [ada = '', ada2 = '', eve = ''] = [
      await signIn(store, 'a', { user: 'ada' }), await signIn(store, 'a2', { user: 'ada' }),
      await signIn(store, 'e', { user: 'eve' })
    ]
    await store.end(ada2, 'logout')
    const handles = async (...args: string[]): Promise<string[]> =>
      (await ask<Sessions>(['list', ...args])).sessions.map(({ handle }) => handle)
    assert.deepEqual(await handles('--user', 'ada'), [ada])
    assert.deepEqual(await handles('--user', 'ada', '--state', 'all'), [ada, ada2])
    assert.deepEqual(await handles('--state', 'ended'), [ada2])
    server.advance(100)
    await store.recordActivity(ada, Number.MAX_SAFE_INTEGER)
    assert.deepEqual(await handles('--order', 'ends-first'), [eve, ada])
    assert.deepEqual(await handles('--order', 'ends-last'), [ada, eve])
    const first = await ask<Sessions>(['list', '--state', 'all', '--limit', '2'])
    assert.equal(first.sessions.length, 2)
    const rest = await ask<Sessions>(['list', '--state', 'all', '--cursor', String(first.cursor)])
    assert.deepEqual(
      [...first.sessions, ...rest.sessions].map(({ handle }) => handle).toSorted(), [ada, ada2, eve].toSorted()
    )
    assert.equal(rest.cursor, null)
  })

  it('prints many sessions as one document, complete also through a pipe', async () => {
    const handles = await signInMany(store, 1201)
    const { code, out } = await runProcess(['list', '--all', '--json'], { REDIS_URL: server.url })
    const { sessions, cursor }: Sessions = JSON.parse(out)
    assert.deepEqual([code, cursor], [0, null])
    assert.deepEqual(sessions.map(({ handle }) => handle).toSorted(), handles.toSorted())
    const some = await run(['list', '--limit', '700', '--redis', server.url])
    assert.equal(some.out.split('\n').length, 702)
    assert.match(some.err, /^There may be more: add --all, or --cursor \S+\n$/)
  })

  it('reports an empty list', async () => {
    assert.deepEqual(await ask(['list']), { sessions: [], cursor: null })
    assert.deepEqual(await run(['list', '--redis', server.url]), { code: 0, out: '', err: 'No sessions.\n' })
  })

  it('keeps to the prefix', async () => {
    await signIn(new RedisStore({ client, prefix: 'other:' }), 'a')
    assert.equal((await ask<Sessions>(['list'])).sessions.length, 0)
    assert.equal((await ask<Sessions>(['list', '--prefix', 'other:'])).sessions.length, 1)
  })
})

describe('show', () => {
  it('follows a renewal to the successor', async () => {
    const former = await signIn(store, 'a', { user: 'ada' })
    const successor = await signIn(store, 'b', { user: 'ada' }, { predecessor: { key: former, becomes: 'renewed' } })
    const [session] = (await ask<Shown>(['show', former])).sessions
    assert.deepEqual([session?.handle, session?.state], [successor, 'live'])
  })

  it('finds a handle that begins with a dash', async () => {
    const name = Array.from({ length: 1000 }, (_, i) => `s${i}`).find(name => handleOf(name).startsWith('-')) ?? ''
    const handle = await signIn(store, name)
    for (const text of [handle, '--']) {
      const named = text === '--' ? [text, handle.slice(0, 8)] : [text]
      assert.equal((await ask<Shown>(['show'], named)).sessions[0]?.handle, handle)
    }
    assert.equal((await ask<Ended>(['end'], [handle])).ended[0]?.state, 'ended')
  })

  it('reports an unknown handle, and ends with 1', async () => {
    assert.deepEqual(
      await ask(['show', handleOf('nobody')], [], 1), { sessions: [], unknown: [handleOf('nobody')], later: [] }
    )
    assert.match(
      (await run(['show', handleOf('nobody'), '--redis', server.url])).err,
      /^No authenticated session has the handle \S{43}, or the store has forgotten it\.\n$/
    )
  })
})

describe('end', () => {
  it('ends one session, once; the nodes notify the application', async () => {
    const handle = await signIn(store, 'a', { user: 'ada' })
    const { ended: [ended] } = await ask<Ended>(['end', handle, '--by', 'root'])
    assert.deepEqual([ended?.state, ended?.reason, ended?.by], ['ended', 'revoked', 'root'])
    assert.equal(await stateOf(store, handle), 'ended')
    assert.deepEqual(await ask(['end', handle], [], 1), { ended: [], unknown: [handle], later: [] })
    server.advance(60)
    assert.deepEqual((await store.claimEnds(10)).sessions.map(({ handle }) => handle), [handle])
  })

  it('ends all sessions of a user except some, and revokes the tokens with --tokens', async () => {
    const [a = '', b = '', c = '', eve = ''] = [
      ...await Promise.all(['a', 'b', 'c'].map(async name => await signIn(store, name, { user: 'ada' }))),
      await signIn(store, 'e', { user: 'eve' })
    ]
    await store.tokens.track({ id: 't', user: 'ada', expiresAtMs: Date.now() + 1e9 })
    const { ended, tokens } = await ask<{ ended: SessionSummary[], tokens: number }>(['end-user', 'ada', '--except', b])
    assert.deepEqual([ended.map(({ handle }) => handle).toSorted(), tokens], [[a, c].toSorted(), 0])
    const second = await ask<{ ended: SessionSummary[], tokens: number }>([
      'end-user', 'ada', '--tokens', '--by', 'root'
    ])
    assert.deepEqual([second.ended.map(({ handle }) => handle), second.tokens], [[b], 1])
    assert.equal((await store.tokens.find('t'))?.revokedBy, 'root')
    assert.deepEqual(await ask(['end-user', 'ada', '--tokens'], [], 1), { ended: [], tokens: 0, left: 0 })
    assert.equal(await stateOf(store, eve), 'live')
    assert.match((await run(['end-user', 'eve', '--redis', server.url])).out, /HANDLE +USER/)
  })

  it('ends those of a user whose id looks like an option, behind two dashes', async () => {
    const handle = await signIn(store, 'd', { user: '-ada' })
    const { code, err } = await run(['end-user', '--redis', server.url, '--', '-ada'])
    assert.deepEqual([code, err, await stateOf(store, handle)], [0, '1 session ended.\n', 'ended'])
  })

  it('ends nothing when --except names no session of that user', async () => {
    const [own, others] = [await signIn(store, 'a', { user: 'ada' }), await signIn(store, 'e', { user: 'eve' })]
    await store.tokens.track({ id: 't', user: 'ada', expiresAtMs: Date.now() + 1e9 })
    for (const spared of [handleOf('never was'), others, others.slice(0, 9), 'zzzzzz']) {
      const { code, out, err } = await run(['end-user', 'ada', '--tokens', `--except=${spared}`, '--redis', server.url])
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, /^--except: ada has no session with the handle .*\. Nothing was done\.$/m)
    }
    assert.deepEqual([await stateOf(store, own), (await store.tokens.find('t'))?.state], ['live', 'active'])
    await store.end(own, 'logout') // an ended session still counts as one of this user
    assert.deepEqual(await ask(['end-user', 'ada', '--except', own], [], 1), { ended: [], tokens: 0, left: 0 })
  })

  it('accepts --except for a session that a later version keeps', async () => {
    const [kept, other] = [await signIn(store, 'y', { user: 'zoe' }), await signIn(store, 'z', { user: 'zoe' })]
    const [key = ''] = await client.keys(`*s:${kept}`)
    await client.set(key, '2 x')
    const { ended } = await ask<Ended>(['end-user', 'zoe', '--except', kept], [], 1)
    assert.deepEqual(ended.map(({ handle }) => handle), [other])
  })

  it('reports a session that a later version keeps', async () => {
    const handle = await signIn(store, 'z', { user: 'zoe' })
    const [key = ''] = await client.keys(`*s:${handle}`)
    await client.set(key, '2 x')
    const env = { REDIS_URL: server.url }
    for (const command of ['end', 'show']) {
      const { code, err } = await run([command, handle], env)
      assert.deepEqual(
        [code, err.startsWith(`${handle}: A later version of this package keeps this session`)], [1, true], err
      )
    }
    assert.deepEqual(await ask(['end-user', 'zoe'], [], 1), { ended: [], tokens: 0, left: 1 })
    assert.match((await run(['end-user', 'zoe'], env)).err, /1 session not ended/)
    assert.equal(await client.get(key), '2 x')
  })
})

describe('a short handle', () => {
  /** Makes two sessions whose handles begin alike. */
  async function alike (): Promise<{ readonly both: string, readonly handles: readonly string[] }> {
    const names = new Map<string, string>()
    for (let i = 0; ; i++) {
      const handle = handleOf(`n${i}`)
      const both = handle.slice(0, 3)
      const other = names.get(both)
      names.set(both, `n${i}`)
      if (other === undefined || both.startsWith('-')) continue
      return {
        both, handles: [await signIn(store, other, { user: 'ada' }), await signIn(store, `n${i}`, { user: 'eve' })]
      }
    }
  }

  it('is enough for a live and an ended session, and for --except', async () => {
    const [live, past] = [await signIn(store, 'a', { user: 'ada' }), await signIn(store, 'b', { user: 'ada' })]
    await store.end(past, 'logout')
    for (const [handle, state] of [[live, 'live'], [past, 'ended']] as const) {
      const { sessions: [session] } = await ask<Shown>(['show'], ['--', handle.slice(0, 6)])
      assert.deepEqual([session?.handle, session?.state], [handle, state])
    }
    const other = await signIn(store, 'c', { user: 'ada' })
    const { ended } = await ask<Ended>(['end-user', 'ada', `--except=${live.slice(0, 9)}`])
    assert.deepEqual(ended.map(({ handle }) => handle), [other])
    assert.deepEqual((await ask<Ended>(['end'], ['--', live.slice(0, 20)])).ended.map(({ handle }) => handle), [live])
  })

  it('of several sessions lists them, and nothing is done, not even to other arguments', async () => {
    const { both, handles } = await alike()
    const third = await signIn(store, 'third')
    const [found = [], other] = [await store.handles.find(both, 9), await store.handles.find('no such', 9)]
    assert.deepEqual([[...found].toSorted(), other], [[...handles].toSorted(), []])
    const context = {
      store, terminal: new Terminal(new Sink(), new Sink()), json: false, where: 'here', now: async () => 0
    }
    await assert.rejects(end(context, [third, both], { by: 'root' }), error => {
      assert.ok(error instanceof Problem)
      const [first, ...lines] = error.message.split('\n')
      assert.equal(first, `Several handles begin with ${both}. Nothing was done. They are:`)
      assert.deepEqual(lines.toSorted(), [`${handles[0]}  live  ada`, `${handles[1]}  live  eve`].toSorted())
      return error.exitCode === 2
    })
    for (const handle of [...handles, third]) assert.equal(await stateOf(store, handle), 'live')
  })

  it('is searched among all sessions, five hundred in a script', async () => {
    const handles = await signInMany(store, 2500)
    for (const handle of handles.slice(0, 500)) await store.end(handle, 'revoked')
    const before = await calls()
    const wanted = handles.at(-1) ?? ''
    assert.deepEqual(await store.handles.find(wanted.slice(0, 10), 2), [wanted])
    assert.equal(await calls() - before, 7)
    const [, again] = handles
    assert.deepEqual(await store.handles.find(String(again).slice(0, 10), 2), [again])
  })

  async function calls (): Promise<number> {
    return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(await client.info('commandstats'))?.[1])
  }
})

describe('several handles at once', () => {
  it('are shown and ended together, and unknown ones are reported', async () => {
    const handles = await signInMany(store, 3)
    const [first = '', second = '', third = ''] = handles
    await store.end(third, 'logout')
    const nobody = handleOf('nobody')
    const { sessions, unknown } = await ask<Shown>(['show', ...handles, nobody, first], [], 1)
    assert.deepEqual([sessions.map(({ handle }) => handle), unknown], [handles, [nobody]])
    const outcome = await ask<Ended>(['end', ...handles, nobody, '--by', 'root'], [], 1)
    assert.deepEqual(
      [outcome.ended.map(({ handle, by }) => [handle, by]), outcome.unknown],
      [[[first, 'root'], [second, 'root']], [third, nobody]]
    )
    const more = await Promise.all(['e1', 'e2'].map(async name => await signIn(store, name, { user: 'eve' })))
    const { code, out, err } = await run(['end', ...more, '--redis', server.url])
    assert.deepEqual([code, out.split('\n').length, err], [0, 4, '2 sessions ended.\n'])
  })
})

describe('list --user-prefix', () => {
  it('lists the sessions of users whose ids begin with it', async () => {
    const [ada, adam] = [await signIn(store, 'a', { user: 'Ada' }), await signIn(store, 'b', { user: 'adam' })]
    await signIn(store, 'c', { user: 'eve' })
    const { sessions } = await ask<Sessions>(['list', '--user-prefix', 'ad', '--order', 'ends-first'])
    assert.deepEqual(sessions.map(({ handle }) => handle).toSorted(), [ada, adam].toSorted())
    const { code, err } = await run(['list', '--user-prefix', 'ad', '--user', 'ada', '--redis', server.url])
    assert.deepEqual([code, err], [2, 'Option "userPrefix" must be left out if "user" is given; received "ad".\n'])
  })
})

describe('stats', () => {
  it('counts sessions and tokens', async () => {
    const [handle = ''] = await signInMany(store, 3)
    server.advance(599)
    await signIn(store, 'late')
    await store.end(handle, 'logout')
    server.advance(11)
    await store.tokens.track({ id: 't', expiresAtMs: Date.now() + 1e9 })
    assert.deepEqual(await ask(['stats']), { live: 1, ended: 3, expired: 2, pending: 3, lag: 10, tokens: 1 })
    assert.match(
      (await run(['stats', '--redis', server.url])).out,
      /^live {9}1\nended {8}3 .*\nexpired {6}2 .*\nexpired for {2}10 sec /
    )
  })
})

describe('tokens', () => {
  it('are listed, shown and revoked permanently, with the name of the operator', async () => {
    for (const id of ['t1', 't2', 't3']) {
      await store.tokens.track({ id, user: id === 't3' ? 'eve' : 'ada', note: 'CI', expiresAtMs: Date.now() + 1e9 })
    }
    const ids = async (...args: string[]): Promise<string[]> =>
      (await ask<Tokens>(['tokens', 'list', ...args])).tokens.map(({ id }) => id).toSorted()
    assert.deepEqual(await ids(), ['t1', 't2', 't3'])
    assert.deepEqual(await ids('--user', 'ada', '--all'), ['t1', 't2'])
    server.advance(1)
    const { known, token } = await ask<{ known: boolean, token: TokenRecord }>([
      'tokens', 'revoke', 't1', '--by', 'root'
    ])
    assert.deepEqual([known, token.state, token.revokedBy], [true, 'revoked', 'root'])
    server.advance(1)
    assert.deepEqual(await ask(['tokens', 'revoke', 't1', '--by', 'eve']), { known, token })
    assert.equal((await ask<{ known: boolean }>(['tokens', 'revoke', 'stranger'], [], 1)).known, false)
    assert.equal((await store.tokens.find('stranger'))?.state, 'revoked')
    assert.deepEqual(await ask(['tokens', 'show', 't1']), token)
    assert.deepEqual(await ask(['tokens', 'revoke-user', 'ada']), { revoked: 1 })
    assert.deepEqual(await ask(['tokens', 'revoke-user', 'ada'], [], 1), { revoked: 0 })
    assert.equal(await ask(['tokens', 'show', 'none'], [], 1), null)
    const { out } = await run(['tokens', 'list', '--redis', server.url])
    assert.match(out, /^ID +USER +NOTE +STATE +EXPIRES\n/)
    assert.match(out, /^t3 +eve +CI +active +in 11 days$/m)
  })
})

describe('a text that a user wrote', () => {
  it('never reaches the terminal as a control character', async () => {
    const evil = 'a\u001b]0;pwned\u0007\u009b2J\u202egnp\u2066\r\n\u0000'
    const handle = await signIn(store, 'a', { user: evil, address: evil, userAgent: evil })
    await store.tokens.track({ id: 't', user: evil, note: evil, expiresAtMs: Date.now() + 1e9 })
    const commands = [
      ['list'], ['show', handle], ['tokens', 'list'], ['tokens', 'revoke', 't', '--by', evil], ['end', handle],
      ['list', '--state', 'ended'], ['sweep']
    ]
    for (const command of commands.flatMap(command => command[0] === 'end' || command[0] === 'sweep'
      ? [command]
      : [command, [...command, '--json']])) {
      if (command[0] === 'sweep') server.advance(60)
      const { out, err } = await run([...command, '--redis', server.url])
      assert.match(out, /pwned/, command.join(' '))
      assert.doesNotMatch(out.replaceAll('\n', '') + err.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u, command.join(' '))
    }
  })
})
