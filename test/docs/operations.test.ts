import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { MemoryStore as PlainStore } from '@fastify/session'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { fromSessionStore, sessionSecurity } from '../../src/index.ts'
import type { ActivityStore } from '../../src/index.ts'
import { sessionMetrics } from '../../src/metrics.ts'
import { RedisStore } from '../../src/redis.ts'
import { run as runCommand } from '../cli/run.ts'
import { signIn } from '../cli/seed.ts'
import { SECRET, addSignIn } from '../helpers/app.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { run } from '../package/run-snippet.ts'
import { block, pageText, script } from './page.ts'

const root = new URL('../../', import.meta.url)
const INSECURE = { secret: SECRET, cookie: { secure: false } } as const
const userOf = ({ user }: { readonly user?: string }): string | undefined => user

async function site (test: TestContext, store?: ActivityStore): Promise<{ app: FastifyInstance, browser: BrowserJar }> {
  const app = Fastify()
  test.after(async () => await app.close())
  await app.register(sessionSecurity, { session: INSECURE, userOf, ...(store === undefined ? {} : { store }) })
  addSignIn(app)
  return { app, browser: new BrowserJar(app) }
}

/** Makes a constructor for a snippet. It connects to a test's server, with the other options of the snippet. */
function clientOf (connect: (options: never) => object): unknown {
  return function Client (first: object, second?: object) {
    const { sentinels: _, name: __, ...options } = { ...(second ?? first) } as Record<string, unknown>
    return connect(options as never)
  }
}

describe('the page about Redis', () => {
  const PAGE = 'docs/operations/redis.md'

  it('Sentinels and a Cluster: somebody signs in through the clients of the snippets', async t => {
    const [sentinels, cluster] = await Promise.all([startSentinels(), startCluster()])
    t.after(async () => { await Promise.all([sentinels.stop(), cluster.stop()]) })
    const names = { Redis: clientOf(sentinels.connect), Cluster: clientOf(cluster.connect), RedisStore }
    for (const text of ['sentinels:', 'new Cluster(']) {
      const store = await run(`${script(PAGE, text)}\nreturn store`, names) as RedisStore
      const { app, browser } = await site(t, store)
      await browser.post('/sign-in')
      assert.equal((await browser.get('/')).json().user, 'ada')
      assert.deepEqual(await app.sessionSecurity.health(), { healthy: true })
    }
  })

  it('WAIT says how many replicas have an end', async t => {
    const server = await startRedis()
    t.after(async () => await server.stop())
    const client = server.connect()
    const store = new RedisStore({ client })
    const { app, browser } = await site(t, store)
    await browser.post('/sign-in')
    const [session] = (await app.sessionSecurity.list()).sessions
    const code = `${script(PAGE, 'client.wait')}\nreturn replicas`
    assert.equal(await run(code, { app, client, handle: session?.handle }), 0)
    assert.equal((await browser.get('/')).json().user, null)
  })
})

describe('the page about several nodes', () => {
  it('a secret is changed in three steps, and nobody is signed out', async t => {
    const code = script('docs/operations/several-nodes.md', '[next, former]')
    const [former, next] = ['f'.repeat(32), 'n'.repeat(32)]
    const store = fromSessionStore(new PlainStore())
    const node = async (first: string, ...others: string[]): Promise<FastifyInstance> => {
      const app = Fastify()
      t.after(async () => await app.close())
      const withSecrets = code.replace('[next, former]', JSON.stringify([first, ...others]))
      await run(withSecrets.replace('secret:', 'cookie: { secure: false }, secret:'), { app, store, sessionSecurity })
      addSignIn(app)
      return app
    }
    const nodes = [await node(former), await node(former, next), await node(next, former), await node(next)] as const
    for (const [at, others] of [[0, [0, 1, 2]], [1, [0, 1, 2]], [2, [1, 2, 3]], [3, [1, 2, 3]]] as const) {
      const signedIn = new BrowserJar(nodes[at])
      await signedIn.post('/sign-in')
      for (const other of others) {
        const { user } = (await nodes[other].inject({ url: '/', cookies: signedIn.cookies })).json()
        assert.equal(user, 'ada', `signed in at ${at}, asks ${other}`)
      }
    }
  })
})

describe('the page about outages', () => {
  it('tells apart who is served, and the probe says so; all goes on without a restart', async t => {
    const server = await startRedis()
    t.after(async () => await server.stop())
    const { app, browser } = await site(t, new RedisStore({ client: server.connect() }))
    await run(script('docs/operations/outages.md', "'/ready'"), { app })
    await browser.post('/sign-in')
    await server.kill()
    const away = await browser.get('/')
    assert.deepEqual([away.statusCode, away.json().code], [503, 'FST_SESSION_SECURITY_STORE_UNAVAILABLE'])
    assert.ok(away.headers['retry-after'] !== undefined)
    assert.equal((await app.inject('/')).statusCode, 200)
    const refused = await app.inject({ method: 'POST', url: '/sign-in' })
    assert.deepEqual([refused.statusCode, refused.headers['set-cookie']], [503, undefined])
    const ready = await app.inject('/ready')
    assert.deepEqual([ready.statusCode, ready.json()], [503, { healthy: false }])
    await server.restart()
    await until('the probe says that it is over', async () => (await app.inject('/ready')).statusCode === 200)
    assert.equal((await browser.post('/sign-in')).statusCode, 200)
  })
})

describe('the page about incidents', () => {
  const PAGE = 'docs/operations/incidents.md'

  it('ends one browser, one person with the tokens, and everybody, by its commands', async t => {
    const server = await startRedis({ port: true })
    t.after(async () => await server.stop())
    const store = new RedisStore({ client: server.connect() })
    const [phone, laptop, bob] = [
      await signIn(store, 'phone', { user: 'ada', address: '10.0.0.1' }),
      await signIn(store, 'laptop', { user: 'ada' }),
      await signIn(store, 'bob', { user: 'bob' })
    ]
    await store.tokens.track({ id: 't', user: 'ada', expiresAtMs: Date.now() + 60_000 })
    const alive = async (): Promise<string[]> => {
      const found = await Promise.all([phone, laptop, bob].map(async handle => (await store.find(handle)).state))
      return [...found, (await store.tokens.find('t'))?.state ?? 'none']
    }
    const left: Array<[string, ...string[]]> = []
    for (const line of block(PAGE, 'sh', 'end-user').trim().split('\n')) {
      const [, words = ''] = /^npx fastify-session-security (.*)$/.exec(line) ?? []
      const args = [...words.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word = '']) => quoted ?? word)
      const given = args.map(arg => arg === '<handle>' ? phone : arg)
      const { code, out } = await runCommand([...given, ...given[0] === 'end-all' ? ['--yes'] : []], {
        REDIS_URL: server.url
      })
      assert.equal(code, 0, line)
      if (given[0] === 'list') assert.match(out, new RegExp(`${phone} .*10\\.0\\.0\\.1`))
      left.push([given[0] ?? '', ...await alive()])
    }
    assert.deepEqual(left, [
      ['list', 'live', 'live', 'live', 'active'], ['end', 'ended', 'live', 'live', 'active'],
      ['end-user', 'ended', 'ended', 'live', 'revoked'], ['end-all', 'ended', 'ended', 'ended', 'revoked']
    ])
    const ends = await Promise.all([phone, laptop, bob].map(async handle => await store.find(handle)))
    assert.deepEqual(ends.map(end => end.state === 'ended' && end.ended.by), ['your name', 'your name', 'your name'])
  })

  it('changes the password of Redis by its steps, while nobody is signed out', async t => {
    const server = await startRedis({ port: true })
    t.after(async () => await server.stop())
    const admin = server.connect()
    const [rights = ''] = /~fss:[^`]*/.exec(block('docs/operations/redis.md', 'text', '+evalsha')) ?? []
    await admin.acl('SETUSER', 'app', 'on', '>former', '+info', ...rights.trim().split(/\s+/))
    const node = async (password: string, browser?: BrowserJar) => {
      const { app, browser: first } = await site(t, new RedisStore({
        client: server.connect({ username: 'app', password })
      }))
      const own = new BrowserJar(app)
      Object.assign(own.cookies, browser?.cookies)
      return { app, first, own }
    }
    const steps = [...pageText(PAGE).matchAll(/`redis-cli (ACL SETUSER|CLIENT KILL) ([^`]*)`/g)]
      .map(([, command = '', rest = '']) => `${command} ${rest.replaceAll("'", '')}`.split(' '))
    const [add = [], remove = [], cut = [], ...others] = steps
    assert.deepEqual(others, [])
    const before = await node('former')
    await before.first.post('/sign-in')
    const run = async ([command = '', ...args]: string[]) => await admin.call(command, ...args)
    await run(add)
    const after = await node('next', before.first)
    for (const step of [remove, cut]) await run(step)
    await until('the node has the next one', async () => (await after.app.sessionSecurity.health()).healthy)
    assert.equal((await after.own.get('/')).json().user, 'ada')
    assert.match(String((await before.app.sessionSecurity.health()).why), /WRONGPASS/)
  })

  it('replaces a secret that leaked: no former cookie opens anything, and the rest is ended', async t => {
    const server = await startRedis()
    t.after(async () => await server.stop())
    const node = async (secret: string): Promise<FastifyInstance> => {
      const app = Fastify()
      t.after(async () => await app.close())
      const store = new RedisStore({ client: server.connect() })
      await app.register(sessionSecurity, { session: { secret, cookie: { secure: false } }, userOf, store })
      addSignIn(app)
      return app
    }
    const browser = new BrowserJar(await node('former'.repeat(6)))
    await browser.post('/sign-in')
    const app = await node('next'.repeat(8))
    assert.equal((await app.inject({ url: '/', cookies: browser.cookies })).json().user, null)
    assert.equal(await app.sessionSecurity.count(), 1)
    assert.equal(await app.sessionSecurity.endAll(), 1)
  })
})

describe('the page about cron', () => {
  const PAGE = 'docs/operations/cron.md'

  it('each of its jobs tells the end of a session once, and nothing when there is none', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'cron-'))
    const server = await startRedis({ clock: true, port: true })
    t.after(async () => {
      await server.stop()
      await rm(folder, { recursive: true })
    })
    const onEnd = join(folder, 'on-end.mjs')
    const module = "export default ({ user, reason }) => { globalThis.toldByCron.push([user, reason].join(' ')) }\n"
    await writeFile(onEnd, module)
    const told: string[] = Object.assign(globalThis, { toldByCron: [] }).toldByCron
    const store = new RedisStore({ client: server.connect() })
    const [, ofKubernetes = ''] = /command: \[(.*)\]/.exec(block(PAGE, 'yaml', 'CronJob')) ?? []
    const jobs = [
      block(PAGE, 'sh', '--on-end'), block(PAGE, 'text', 'REDIS_URL'), block(PAGE, 'ini', 'ExecStart'),
      ofKubernetes.replaceAll(',', '')
    ]
    for (const [index, job] of jobs.entries()) {
      const [, words = ''] = /npx fastify-session-security (.*)/.exec(job) ?? []
      const args = words.split(' ').map(word => word === './on-end.js' ? onEnd : word)
      assert.deepEqual([args[0], args.includes(onEnd)], ['clear-expired', true])
      await signIn(store, `job ${index}`, { user: 'ada' })
      server.advance(610)
      assert.match((await runCommand(['clear-expired', '--dry-run'], { REDIS_URL: server.url })).out, /idle/)
      assert.equal((await runCommand(args, { REDIS_URL: server.url })).code, 0)
      assert.deepEqual(told.splice(0), ['ada idle'])
      assert.deepEqual(await runCommand(args, { REDIS_URL: server.url }), { code: 0, out: '', err: '' })
    }
  })
})

describe('the page about observability', () => {
  const PAGE = 'docs/operations/observability.md'

  it('serves metrics by its snippet, and names each alert', async t => {
    const { app } = await site(t)
    const registry = new Registry()
    const inRegistry = async (given: FastifyInstance): Promise<void> => await sessionMetrics(given, { registry })
    await run(script(PAGE, 'sessionMetrics'), { app, sessionMetrics: inRegistry })
    const served = new Set((await registry.metrics()).match(/^session_security_\w+/gm))
    const named = pageText(PAGE).match(/session_security_\w+/g) ?? []
    assert.ok(named.length > 3)
    assert.deepEqual(named.filter(name => !served.has(name) && !served.has(`${name}_count`)), [])
    const alerts = await readFile(new URL('examples/observability/alerts.yml', root), 'utf8')
    const rows = [...pageText(PAGE).matchAll(/^\| `(Session\w+)` \|/gm)].map(([, name]) => name)
    assert.deepEqual(rows, [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name))
  })

  it('quotes lines that the log has', async () => {
    const files = (await readdir(new URL('src/', root), { recursive: true })).filter(file => file.endsWith('.ts'))
    const sources = await Promise.all(files.map(async file => await readFile(new URL(`src/${file}`, root), 'utf8')))
    const source = sources.join('\n').replaceAll(/' \+\n\s*'/g, '')
    const [, section = ''] = pageText(PAGE).split('## Log\n')
    const quoted = section.split('\n').filter(line => line.startsWith('| `'))
      .flatMap(line => [...(line.split('|')[1] ?? '').matchAll(/`(?:… )?([^`]+)`/g)].map(([, text = '']) => text))
    assert.ok(quoted.length > 10)
    assert.deepEqual(quoted.filter(text => !source.includes(text)), [])
  })
})

describe('the page about upgrading', () => {
  it('has the numbers of the forms that are stored', async t => {
    const server = await startRedis()
    t.after(async () => await server.stop())
    const client = server.connect()
    const { app, browser } = await site(t, new RedisStore({ client }))
    await browser.post('/sign-in')
    await app.sessionSecurity.tokens.track({ id: 't', user: 'ada', expiresAt: Math.floor(Date.now() / 1000) + 60 })
    const first = async (pattern: string): Promise<string | undefined> => {
      const [key = ''] = await client.keys(pattern)
      return (await client.get(key))?.split(' ')[0]
    }
    const plain = new PlainStore()
    const foreign = await site(t, fromSessionStore(plain))
    await foreign.browser.post('/sign-in')
    const [id = ''] = decodeURIComponent(foreign.browser.cookies['sessionId'] ?? '').split('.')
    const stored = await new Promise<object>(resolve => {
      plain.get(id, (_error, session) => { resolve(Object(session)) })
    })
    const stamp: object = Object(Reflect.get(stored, '_session_security'))
    const words = await Promise.all(['s:*', 't:*', 'layout'].map(async name => await first(`fss:{0}${name}`)))
    assert.deepEqual([...words, Reflect.get(stamp, 'v')], ['1', '1', '1', 1])
    const rows = pageText('docs/operations/upgrading.md').matchAll(/^\| .* \| `[<_].* \| (\d.*) \|$/gm)
    assert.deepEqual([...rows].map(([, number]) => number), ['1', '1', '1', '1 on one server, 256 on a Cluster'])
  })
})
