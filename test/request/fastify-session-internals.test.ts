import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import cookie from '@fastify/cookie'
import type { FastifySessionOptions, SessionStore } from '@fastify/session'
import session from '@fastify/session'
import type { FastifyInstance, FastifyRequest, Session } from 'fastify'
import Fastify from 'fastify'
import { resolveOptions } from '../../src/options/resolve-options.ts'
import { SessionInternals, createSession } from '../../src/request/fastify-session-internals.ts'
import type { SessionObject } from '../../src/request/fastify-session-internals.ts'
import { SessionGateway } from '../../src/request/session-gateway.ts'
import { decodeAge } from '../../src/request/session-cookie.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import type { LoadActivity, Loaded, SessionKey } from '../../src/store/store.ts'
import { SECRET, addSignIn } from '../helpers/app.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { SteeredStore } from '../helpers/steered-store.ts'

/**
 * The behaviour of @fastify/session that this package relies on, and that is not documented.
 *
 * All tests but those of the last block use @fastify/session alone, so that one fails when an update changes that
 * behaviour.
 */

type Call = [verb: 'get' | 'set' | 'destroy', sessionId: string, session?: Session]

/** A store that answers in the same tick, and notes its calls. Its values are the same each time. */
class NotingStore implements SessionStore {
  readonly calls: Call[] = []
  values: Record<string, unknown> | null = null

  get (sessionId: string, callback: (error: unknown, session?: Session | null) => void): void {
    this.calls.push(['get', sessionId])
    callback(null, this.values as unknown as Session | null)
  }

  set (sessionId: string, session: Session, callback: (error?: unknown) => void): void {
    this.calls.push(['set', sessionId, session])
    callback()
  }

  destroy (sessionId: string, callback: (error?: unknown) => void): void {
    this.calls.push(['destroy', sessionId])
    callback()
  }
}

const SIGNER = {
  sign: (value: string): string => `${value}.signed`,
  unsign: (text: string) => ({ valid: text.endsWith('.signed'), renew: false, value: text.replace(/\.signed$/, '') })
}

interface Plain {
  readonly app: FastifyInstance
  readonly store: NotingStore
}

/** Registers @fastify/session as the plugin does, on that store. */
async function plain (options: Partial<FastifySessionOptions> = {},
  before?: (app: FastifyInstance) => void): Promise<Plain> {
  const app = Fastify()
  const store = new NotingStore()
  await app.register(cookie)
  before?.(app)
  await app.register(session, {
    secret: SIGNER as unknown as string,
    store,
    saveUninitialized: false,
    rolling: false,
    cookie: { secure: false },
    ...options
  })
  return { app, store }
}

/** Returns the session object of a request that presents this cookie. */
async function sessionOf ({ app }: Plain, sessionId?: string): Promise<SessionObject> {
  const request: { session?: SessionObject } = {}
  if (sessionId === undefined) return createSession(app, request)
  app.decryptSession(SIGNER.sign(sessionId), request, () => {})
  return request.session ?? assert.fail('there is no session in the same tick')
}

function symbolsOf (session: SessionObject): Array<string | undefined> {
  return Object.getOwnPropertySymbols(session).map(symbol => symbol.description)
}

describe('the class of @fastify/session', () => {
  it('keeps its fields under symbols of these names', async () => {
    const sample = await sessionOf(await plain())
    for (const field of ['sessionStore', 'request', 'generateId', 'cookieOpts', 'cookieSignerKey', 'sessionId',
      'encryptedSessionId']) {
      assert.equal(symbolsOf(sample).filter(found => found === field).length, 1, field)
    }
    assert.doesNotThrow(() => new SessionInternals(sample))
  })

  it('keeps nothing but the cookie under names: whatever else is there, the application put there', async () => {
    const app = await plain()
    const sample = await sessionOf(app)
    assert.deepEqual(Object.keys(sample), ['cookie'])
    sample.user = 'ada'
    assert.deepEqual(Object.entries(sample).map(([key]) => key), ['cookie', 'user'])
  })

  it('reads its id anew each time, so that it can be changed in place', async () => {
    const app = await plain()
    const sample = await sessionOf(app, 'old')
    const { cookie: before } = sample
    new SessionInternals(sample).rename(sample, 'new', 'new.signed')
    assert.deepEqual([sample.sessionId, sample.encryptedSessionId], ['new', 'new.signed'])
    assert.equal(sample.cookie, before)
    app.store.calls.length = 0
    await sample.save()
    assert.deepEqual(app.store.calls, [['set', 'new', sample]])
  })

  it('takes store, request, idGenerator, cookie options and signer, in this order', async () => {
    const asked: unknown[] = []
    const request: { session?: SessionObject } = {}
    const idGenerator = (given?: unknown): string => {
      asked.push(given)
      return `id ${asked.length}`
    }
    const app = await plain({ idGenerator, cookie: { secure: false, path: '/app', maxAge: 60_000 } })
    const first = createSession(app.app, request)
    const internals = new SessionInternals(await sessionOf(app))
    asked.length = 0
    const second = internals.successorOf(first)
    assert.deepEqual(asked, [request])
    assert.deepEqual([second.sessionId, second.encryptedSessionId], ['id 1', 'id 1.signed'])
    assert.deepEqual([second.cookie.path, second.cookie.originalMaxAge], ['/app', 60_000])
    assert.equal(second.constructor, first.constructor)
    assert.equal(internals.requestOf(second), request)
    assert.equal(request.session, first, 'the new one takes no place by itself')
    await second.save()
    assert.deepEqual(app.store.calls, [['set', 'id 1', second]])
  })

  it('gives a successor the cookie age that the session was restored with, as regenerate() does', async () => {
    const app = await plain({ cookie: { secure: false, maxAge: 60_000 } })
    app.store.values = { cookie: decodeAge({ maxAge: 5000 }) }
    const restored = await sessionOf(app, 'id')
    assert.equal(new SessionInternals(await sessionOf(app)).successorOf(restored).cookie.originalMaxAge, 5000)
  })

  it('has its methods on the prototype, where others can be put between', async () => {
    const sample = await sessionOf(await plain())
    const methods = ['save', 'regenerate', 'destroy', 'reload', 'isModified', 'isSaved']
    for (const method of methods) {
      assert.equal(Object.hasOwn(sample, method), false)
      assert.equal(typeof Reflect.get(sample.constructor.prototype, method), 'function')
    }
    const between = Object.create(Reflect.getPrototypeOf(sample),
      Object.fromEntries(methods.map(name => [name, { value: () => name }])))
    Object.setPrototypeOf(sample, between)
    for (const method of methods) assert.equal(Reflect.apply(Reflect.get(sample, method), sample, []), method)
    assert.equal(sample.constructor.name, 'Session')
    assert.equal(typeof sample.sessionId, 'string')
  })

  it('hands the very object to the store, so that it is known which request saves', async () => {
    const app = await plain()
    const sample = await sessionOf(app)
    await sample.save()
    assert.equal(app.store.calls[0]?.[2], sample)
  })

  it('reloads by asking the store for its id, and gives the request a new object', async () => {
    const app = await plain()
    const request: { session?: SessionObject } = {}
    app.store.values = { a: 1 }
    app.app.decryptSession(SIGNER.sign('id'), request, () => {})
    const first = request.session ?? assert.fail()
    app.store.values = { a: 2 }
    await new SessionInternals(await sessionOf(app)).reload(first)
    assert.notEqual(request.session, first)
    assert.deepEqual([request.session?.sessionId, request.session?.a, first.a], ['id', 2, 1])
    assert.deepEqual(app.store.calls.filter(([verb]) => verb === 'get').length, 2)
  })
})

describe('what @fastify/session restores', () => {
  it('are the store\'s values themselves, not copies', async () => {
    const app = await plain()
    const link = { toJSON () {} }
    const basket = ['book']
    app.store.values = { _session_security: link, basket }
    const restored = await sessionOf(app, 'id')
    assert.equal(Reflect.get(restored, '_session_security'), link)
    assert.equal(Reflect.get(restored, 'basket'), basket)
  })

  it('has the cookie age that the store gives, and the attributes that the options give', async () => {
    const app = await plain({ cookie: { secure: false, maxAge: 60_000, path: '/app', sameSite: 'strict' } })
    app.store.values = { cookie: decodeAge({ maxAge: 5000 }) }
    const { cookie: own } = await sessionOf(app, 'id')
    assert.equal(own.originalMaxAge, 5000)
    assert.ok(own.expires != null && own.expires.getTime() - Date.now() <= 5000 && own.expires.getTime() > Date.now())
    assert.deepEqual([own.path, own.sameSite, own.httpOnly], ['/app', 'strict', true])
  })

  it('has no age where the store says so, whatever the options say', async () => {
    const app = await plain({ cookie: { secure: false, maxAge: 60_000 } })
    app.store.values = { cookie: decodeAge({ maxAge: null }) }
    const { cookie: own } = await sessionOf(app, 'id')
    assert.deepEqual([own.originalMaxAge, own.expires], [null, null])
  })

  it('has the age of the options where the store says nothing', async () => {
    const app = await plain({ cookie: { secure: false, maxAge: 60_000 } })
    app.store.values = {}
    assert.equal((await sessionOf(app, 'id')).cookie.originalMaxAge, 60_000)
  })
})

describe('decryptSession', () => {
  it('creates a session for an empty cookie in the same tick, and asks no store', async () => {
    const app = await plain()
    const request: { session?: SessionObject } = {}
    let isDone = false
    app.app.decryptSession('', request, () => { isDone = true })
    assert.equal(isDone, true)
    assert.equal(typeof request.session?.sessionId, 'string')
    assert.deepEqual(app.store.calls, [])
  })

  it('does so too with the signer of @fastify/cookie', async () => {
    const app = await plain({ secret: SECRET })
    assert.equal(typeof createSession(app.app, {}).sessionId, 'string')
    assert.deepEqual(app.store.calls, [])
  })

  it('creates one under a new id, in the same tick, where the store knows none', async () => {
    const app = await plain()
    const created = await sessionOf(app, 'unknown')
    assert.notEqual(created.sessionId, 'unknown')
    assert.deepEqual(app.store.calls, [['get', 'unknown']])
  })

  it('is a property of the server that can be replaced, also for contexts within', async () => {
    const { app } = await plain()
    const own: FastifyInstance['decryptSession'] = () => {}
    Object.assign(app, { decryptSession: own })
    let seen: unknown
    app.register(async child => { seen = child.decryptSession })
    await app.ready()
    assert.equal(seen, own)
    await app.close()
  })
})

describe('the onRequest hook of @fastify/session', () => {
  /** Tells whether the next hook runs in the same tick, and returns its view. */
  async function ask (options: Partial<FastifySessionOptions>, prepare: (store: NotingStore) => void, url = '/',
    cookies = {}) {
    let isLater = false
    const seen: { isSameTick?: boolean, session?: unknown } = {}
    const { app, store } = await plain(options, app => {
      app.addHook('onRequest', (request: FastifyRequest, _reply, done) => {
        Object.assign(request.cookies, cookies)
        process.nextTick(() => { isLater = true })
        done()
      })
    })
    app.addHook('onRequest', (request, _reply, done) => {
      Object.assign(seen, { isSameTick: !isLater, session: request.session })
      done()
    })
    app.get('/', async () => 'ok')
    app.get('/app', async () => 'ok')
    prepare(store)
    await app.inject(url)
    await app.close()
    return { ...seen, calls: store.calls, session: seen.session as SessionObject }
  }

  it('has the session in the tick in which the store answers', async () => {
    const { isSameTick, session, calls } = await ask({}, store => { store.values = { a: 1 } }, '/',
      { sessionId: 'id.signed' })
    assert.deepEqual([isSameTick, session.sessionId, session.a], [true, 'id', 1])
    assert.deepEqual(calls, [['get', 'id']], 'it asks once, by the id')
  })

  it('has a new one in the same tick where the store knows none, and where there is no cookie', async () => {
    for (const cookies of [{ sessionId: 'id.signed' }, { sessionId: 'forged' }, {}]) {
      const { isSameTick, session } = await ask({}, () => {}, '/', cookies)
      assert.equal(isSameTick, true)
      assert.notEqual(session.sessionId, 'id')
    }
  })

  it('takes the cookie from request.cookies, as it is when the hook runs', async () => {
    const { session } = await ask({ cookieName: 'sid', cookiePrefix: 's:' }, store => { store.values = {} }, '/',
      { sid: 's:id.signed' })
    assert.equal(session.sessionId, 'id')
  })

  it('leaves an object without an id outside of the cookie\'s path', async () => {
    const outside = await ask({ cookie: { secure: false, path: '/app' } }, () => {}, '/')
    assert.deepEqual(outside.session, {})
    const within = await ask({ cookie: { secure: false, path: '/app' } }, () => {}, '/app')
    assert.equal(typeof within.session.sessionId, 'string')
  })
})

describe('the onSend hook of @fastify/session', () => {
  it('does nothing for a request whose session is put aside: no save, no line, in the same tick', async () => {
    const { app, store } = await plain({}, app => {
      app.addHook('onSend', (request, _reply, _payload, done) => {
        Object.assign(request, { session: {} })
        done()
      })
    })
    app.post('/', async request => {
      request.session.user = 'ada'
      return 'ok'
    })
    const response = await app.inject({ method: 'POST', url: '/', cookies: { sessionId: 'unknown.signed' } })
    assert.deepEqual([response.statusCode, response.headers['set-cookie']], [200, undefined])
    assert.deepEqual(store.calls, [['get', 'unknown']])
    await app.close()
  })

  it('would save and set a line for the same request otherwise', async () => {
    const { app, store } = await plain()
    app.post('/', async request => {
      request.session.user = 'ada'
      return 'ok'
    })
    const response = await app.inject({ method: 'POST', url: '/', cookies: { sessionId: 'unknown.signed' } })
    assert.equal(response.cookies.length, 1)
    assert.deepEqual(store.calls.map(([verb]) => verb), ['get', 'set'])
    await app.close()
  })
})

describe('the check at registration', () => {
  it('names the fields that a session object does not have', async () => {
    const sample = await sessionOf(await plain())
    const symbols = Object.getOwnPropertySymbols(sample)
    const symbol = symbols.find(({ description }) => description === 'cookieOpts') ?? assert.fail()
    Reflect.deleteProperty(sample, symbol)
    assert.throws(() => new SessionInternals(sample), {
      code: 'FST_SESSION_SECURITY_COUPLING',
      message: /^The installed @fastify\/session cannot be used: its session has no field cookieOpts\. Install/
    })
  })

  it('finds out when an id cannot be changed in place', async () => {
    const sample = await sessionOf(await plain())
    Object.defineProperty(sample, 'sessionId', { value: 'fixed' })
    assert.throws(() => new SessionInternals(sample), {
      code: 'FST_SESSION_SECURITY_COUPLING',
      message: /its session id cannot be changed/
    })
  })

  it('finds out when decryptSession() creates no session at once', () => {
    assert.throws(() => createSession({ decryptSession () {} }, {}), {
      code: 'FST_SESSION_SECURITY_COUPLING',
      message: /decryptSession\(\) creates no session for an empty cookie/
    })
  })
})

/** A store that notes whether a load records activity. */
class CountingStore extends MemoryStore {
  readonly loads: boolean[] = []

  override async load (key: SessionKey, activity: LoadActivity | null): Promise<Loaded> {
    this.loads.push(activity !== null)
    return await super.load(key, activity)
  }
}

describe('the pair', () => {
  async function start () {
    const app = Fastify()
    const store = new CountingStore()
    await app.register(sessionSecurity, {
      session: { secret: SECRET, cookie: { secure: false } },
      store,
      userOf: session => session.user,
      sweep: false
    })
    addSignIn(app)
    await app.register(async child => {
      child.get('/decrypt', async request => {
        const socket: { session?: SessionObject } = {}
        await new Promise<void>((resolve, reject) => {
          child.decryptSession(request.cookies['sessionId'] ?? '', socket,
            error => { error == null ? resolve() : reject(error) })
        })
        return { user: socket.session?.user ?? null, isAnother: socket.session !== request.session }
      })
    })
    const browser = new BrowserJar(app)
    await browser.post('/sign-in')
    store.loads.length = 0
    return { app, store, browser }
  }

  it('loads once per request: @fastify/session is handed the answer', async () => {
    const { app, store, browser } = await start()
    assert.equal((await browser.get('/')).json().user, 'ada')
    assert.deepEqual(store.loads, [true])
    assert.equal((await browser.get('/passive')).json().user, 'ada')
    assert.deepEqual(store.loads, [true, false])
    await app.close()
  })

  it('loads for decryptSession() by itself, in a context within too, and records nothing for it', async () => {
    const { app, store, browser } = await start()
    assert.deepEqual((await browser.get('/decrypt')).json(), { user: 'ada', isAnother: true })
    assert.deepEqual(store.loads, [true, false])
    await app.close()
  })

  it('hands an answer over once, to a caller with its id in the same tick, and else asks the store', async () => {
    const store = new SteeredStore(new MemoryStore())
    const policy = resolveOptions({ session: { secret: SECRET }, userOf: ({ user }) => user, store })
    const gateway = new SessionGateway(policy, Fastify().log, () => {})
    const values = { user: 'ada' }
    const ask = (id: string): unknown[] => {
      const answers: unknown[] = []
      gateway.get(id, (error, found) => { answers.push(error, found) })
      return answers
    }
    gateway.hand('id', values, () => {
      assert.deepEqual(ask('another'), [], 'of another id')
      assert.deepEqual(ask('id'), [null, values])
      assert.deepEqual(ask('id'), [], 'a second time')
    })
    gateway.hand('id', values, () => {
      gateway.clear()
      assert.deepEqual(ask('id'), [], 'after it was cleared')
    })
    gateway.hand('id', values, () => {})
    assert.deepEqual(ask('id'), [], 'afterwards')
    assert.equal(store.calls.length, 4)
  })

  it('asks no store for a forged cookie, or none', async () => {
    const { app, store } = await start()
    await app.inject('/')
    await app.inject({ url: '/', cookies: { sessionId: 'forged.signature' } })
    assert.deepEqual(store.loads, [])
    await app.close()
  })
})
