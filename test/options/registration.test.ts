import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'
import session from '@fastify/session'
import type { FastifyInstance, FastifyPluginAsync, FastifyServerOptions } from 'fastify'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import type { SessionSecurityOptions } from '../../src/options/options.ts'
import { requireSession } from '../../src/request/require-session.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { fromSessionStore } from '../../src/store/from-session-store.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { SECRET, addSignIn, buildApp } from '../helpers/app.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { LogCapture } from '../helpers/log-capture.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PING = '/session_security/ping'

/** Returns the options that every registration here has, with those of a test. */
function withOptions (options: Partial<SessionSecurityOptions> = {}): SessionSecurityOptions {
  return {
    session: { secret: SECRET, cookie: { secure: false } },
    userOf: session => session.user,
    sweep: false,
    ...options
  }
}

/** Returns times that a test reaches by its clock. The warning comes after 5 s, the end later. */
function endingAfter (expireAfter: number, store: MemoryStore): Partial<SessionSecurityOptions> {
  return { store, warnAfter: 5, expireAfter, allowShortWarning: true }
}

/** Loads @fastify/secure-session without its types, which declare another `request.session` for the whole program. */
async function secureSession (): Promise<FastifyPluginAsync<{ secret: string, salt: string, sessionName?: string }>> {
  const name: string = '@fastify/secure-session'
  const { default: plugin } = await import(name) as { default: Awaited<ReturnType<typeof secureSession>> }
  return plugin
}

const SECURE_SESSION = { secret: SECRET, salt: 'sixteen bytes of' }

/** Returns the error with which an application fails to start. */
async function failure (start: (app: FastifyInstance) => unknown,
  options: FastifyServerOptions = {}): Promise<Error & { code?: string }> {
  const app = Fastify(options)
  try {
    await start(app)
    await app.ready()
  } catch (error) {
    assert.ok(error instanceof Error)
    return error
  }
  return assert.fail('it started')
}

/**
 * Returns the output of an application that dies as it starts.
 *
 * @fastify/session throws where nobody catches it.
 */
async function lastWords (lines: string): Promise<string> {
  const code = `
    import session from '@fastify/session'
    import Fastify from 'fastify'
    import { sessionSecurity } from './src/session-security.ts'
    const options = { session: { secret: '${SECRET}' }, userOf: session => session.user }
    const app = Fastify()
    ${lines}
    await app.ready()`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', code]
  try {
    await promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: 30_000 })
  } catch (error) {
    return String(Reflect.get(Object(error), 'stderr'))
  }
  return assert.fail('it started')
}

describe('one registration', () => {
  it('needs a secret and userOf, and nothing else: cookies, sessions and store come with it', async () => {
    const app = Fastify()
    await app.register(sessionSecurity, {
      session: { secret: SECRET, cookie: { secure: 'auto' } },
      userOf: session => session.user
    })
    addSignIn(app)
    app.get('/private', { preHandler: requireSession() }, async request => request.session.user)
    const browser = new BrowserJar(app)
    assert.equal((await browser.get('/private')).statusCode, 401)
    assert.equal((await browser.post('/sign-in')).cookies.length, 1)
    assert.equal((await browser.get('/private')).body, 'ada')
    assert.equal((await browser.get(PING)).json().state, 'active')
    assert.equal((await browser.post('/sign-out')).cookies[0]?.value, '')
    assert.equal((await browser.get('/private')).statusCode, 401)
    await app.close()
  })

  it('hands its options to @fastify/cookie', async () => {
    const app = Fastify()
    await app.register(sessionSecurity, withOptions({ cookie: { secret: 'for other cookies' } }))
    app.get('/', async (_request, reply) => await reply.setCookie('theme', 'dark', { signed: true }).send('ok'))
    const { cookies: [theme] } = await app.inject('/')
    assert.match(theme?.value ?? '', /^dark\./)
    assert.deepEqual(app.unsignCookie(theme?.value ?? ''), { valid: true, renew: false, value: 'dark' })
    await app.close()
  })

  it('takes the cookie\'s name, prefix and path from the options of @fastify/session', async () => {
    const app = Fastify()
    await app.register(sessionSecurity, withOptions({
      session: { secret: SECRET, cookieName: 'sid', cookiePrefix: 's:', cookie: { secure: false, path: '/app' } }
    }))
    await app.register(async child => { addSignIn(child) }, { prefix: '/app' })
    const browser = new BrowserJar(app)
    const { cookies: [set] } = await browser.post('/app/sign-in')
    assert.deepEqual([set?.name, set?.value.slice(0, 2), set?.path], ['sid', 's:', '/app'])
    assert.equal((await browser.get('/app/')).json().user, 'ada')
    await app.close()
  })

  it('changes nothing in the options that it is given', async () => {
    const given = Object.freeze({ secret: SECRET, cookie: Object.freeze({ path: '/' }) })
    const options = Object.freeze(withOptions({ session: given, cookie: Object.freeze({}) }))
    const app = Fastify()
    await app.register(sessionSecurity, options)
    await app.close()
    assert.deepEqual(given.cookie, { path: '/' })
  })

  it('serves under HTTP/2 as it does under HTTP/1.1', async () => {
    const app = Fastify({ http2: true })
    await app.register(sessionSecurity as FastifyPluginAsync<SessionSecurityOptions>, withOptions())
    addSignIn(app as unknown as FastifyInstance)
    await app.listen({ host: '127.0.0.1', port: 0 })
    const client = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
    let jar = ''
    const send = async (method: string, path: string, body = '') => {
      const type = body === '' ? {} : { 'content-type': 'text/plain' }
      const cookies = jar === '' ? {} : { cookie: jar }
      const stream = client.request({ ':method': method, ':path': path, ...type, ...cookies })
      if (method === 'POST') stream.end(body)
      const [headers] = await once(stream, 'response') as [Record<string, string | string[] | undefined>]
      const line = headers['set-cookie']?.[0]
      if (line !== undefined) jar = line.slice(0, line.indexOf(';'))
      let text = ''
      for await (const chunk of stream.setEncoding('utf8')) text += String(chunk)
      return { status: headers[':status'], line, text }
    }
    try {
      assert.equal((await send('GET', '/')).line, undefined)
      assert.match((await send('POST', '/sign-in', 'ada')).line ?? '', /^sessionId=/)
      assert.equal(JSON.parse((await send('GET', '/')).text).user, 'ada')
      assert.equal(JSON.parse((await send('GET', PING)).text).state, 'active')
      assert.match((await send('POST', '/sign-out')).line ?? '', /^sessionId=; Max-Age=0/)
      assert.equal(JSON.parse((await send('GET', '/')).text).user, null)
    } finally {
      client.close()
      await app.close()
    }
  })

  it('answers a request outside the path of the session\'s cookie as an anonymous one', async () => {
    const app = Fastify()
    const session = { secret: SECRET, cookie: { secure: false, path: '/app' } }
    await app.register(sessionSecurity, withOptions({ session }))
    app.get('/elsewhere', async request => request.sessionSecurity.status())
    const { asOfMs, ...status } = (await app.inject('/elsewhere')).json()
    assert.deepEqual(status, { state: 'ended', reason: 'none' })
    assert.deepEqual((await app.inject(PING)).json(), { state: 'ended', reason: 'none' })
    await app.close()
  })

  it('pings where the router takes both spellings of a path for one', async () => {
    const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } })
    await app.register(sessionSecurity, withOptions())
    for (const url of [PING, `${PING}/`]) assert.equal((await app.inject(url)).statusCode, 200)
    await app.close()
  })

  it('serves two servers in one process, each with its own terms', async () => {
    const clock = new FakeClock()
    const servers = await Promise.all([10, 20].map(async expireAfter => {
      const app = Fastify()
      await app.register(sessionSecurity, withOptions(endingAfter(expireAfter, new MemoryStore({ clock: clock.now }))))
      addSignIn(app)
      return { app, browser: new BrowserJar(app) }
    }))
    for (const { browser } of servers) await browser.post('/sign-in')
    clock.advance(15)
    const states = await Promise.all(servers.map(async ({ browser }) => (await browser.get(PING)).json().state))
    assert.deepEqual(states, ['ended', 'warning'])
    await Promise.all(servers.map(async ({ app }) => await app.close()))
  })
})

describe('@fastify/session of the application\'s own', () => {
  const ALREADY = 'FST_SESSION_SECURITY_SESSION_ALREADY_REGISTERED'
  const options = { secret: SECRET }

  it('before the plugin is refused, by an error that shows the move', async () => {
    const { code, message } = await failure(async app => {
      await app.register(cookie)
      await app.register(session, options)
      await app.register(sessionSecurity, withOptions())
    })
    assert.equal(code, ALREADY)
    const move = 'app.register(sessionSecurity, { session: { secret, cookieName, cookie }, store, userOf })'
    assert.ok(message.includes(move), message)
    assert.match(message, /With the same secret and cookieName, people stay signed in\./)
  })

  it('before it is refused where nothing is awaited', async () => {
    const { code } = await failure(app => {
      app.register(cookie)
      app.register(session, options)
      app.register(sessionSecurity, withOptions())
    })
    assert.equal(code, ALREADY)
  })

  it('in a context around it is refused', async () => {
    const { code } = await failure(async app => {
      await app.register(cookie)
      await app.register(session, options)
      await app.register(async child => { await child.register(sessionSecurity, withOptions()) })
    })
    assert.equal(code, ALREADY)
  })

  it('after it is refused by Fastify itself, in the same context and in one within', async () => {
    const [after, within] = await Promise.all([
      'await app.register(sessionSecurity, options); await app.register(session, options.session)',
      'app.register(sessionSecurity, options); app.register(async child => child.register(session, options.session))'
    ].map(lastWords))
    assert.match(after ?? '', /The decorator 'decryptSession' has already been added!/)
    assert.match(within ?? '', /The decorator 'session' has already been added!/)
    for (const words of [after, within]) assert.match(words ?? '', /FST_ERR_DEC_ALREADY_PRESENT/)
  })

  it('in a sibling context is left alone, and so is its cookie', async () => {
    const app = Fastify()
    await app.register(cookie)
    await app.register(async child => {
      const own = { secret: SECRET, cookieName: 'shop', cookie: { secure: false }, saveUninitialized: false }
      await child.register(session, own)
      child.post('/put', async request => {
        request.session.a = (request.session.a ?? 0) + 1
        return { a: request.session.a, has: request.sessionSecurity !== undefined }
      })
    }, { prefix: '/shop' })
    await app.register(async child => {
      await child.register(sessionSecurity, withOptions())
      addSignIn(child)
    }, { prefix: '/bank' })
    const browser = new BrowserJar(app)
    await browser.post('/bank/sign-in')
    assert.deepEqual((await browser.post('/shop/put')).json(), { a: 1, has: false })
    assert.deepEqual((await browser.post('/shop/put')).json(), { a: 2, has: false })
    assert.equal((await browser.get('/bank/')).json().user, 'ada')
    assert.deepEqual(Object.keys(browser.cookies).sort(), ['sessionId', 'shop'])
    await browser.post('/bank/sign-out')
    assert.deepEqual(Object.keys(browser.cookies), ['shop'])
    await app.close()
  })
})

describe('@fastify/cookie of the application\'s own', () => {
  it('after the plugin is refused by Fastify itself', async () => {
    const orders: Array<(app: FastifyInstance) => unknown> = [
      async app => {
        await app.register(sessionSecurity, withOptions())
        await app.register(cookie)
      },
      app => {
        app.register(sessionSecurity, withOptions())
        app.register(cookie)
      }
    ]
    for (const order of orders) {
      const { code, message } = await failure(order)
      assert.equal(code, 'FST_ERR_DEC_ALREADY_PRESENT')
      assert.match(message, /'serializeCookie'/)
    }
  })

  it('before it is used, awaited or not, in the same context or one around it', async () => {
    const orders: Array<(app: FastifyInstance) => unknown> = [
      async app => {
        await app.register(cookie, { secret: 'mine' })
        await app.register(sessionSecurity, withOptions())
        addSignIn(app)
      },
      app => {
        app.register(cookie, { secret: 'mine' })
        app.register(sessionSecurity, withOptions())
        app.after(() => addSignIn(app))
      },
      app => {
        app.register(cookie, { secret: 'mine' })
        app.register(async child => {
          await child.register(sessionSecurity, withOptions())
          addSignIn(child)
        })
      }
    ]
    for (const order of orders) {
      const app = Fastify()
      await order(app)
      await app.ready()
      assert.equal(app.unsignCookie(app.signCookie('x')).value, 'x', 'it is the application\'s')
      const browser = new BrowserJar(app)
      assert.equal((await browser.post('/sign-in')).cookies.length, 1)
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    }
  })

  for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler', false] as const) {
    it(`may parse at ${hook === false ? 'no time' : hook}: the plugin reads the header by itself`, async () => {
      const app = Fastify()
      await app.register(cookie, { hook })
      await app.register(sessionSecurity, withOptions())
      addSignIn(app)
      app.post('/early', {
        onRequest: async (request, reply) => {
          request.session.user = 'ada'
          return await reply.send('signed in before any cookie was parsed')
        }
      }, async () => 'late')
      const first = await app.inject({ method: 'POST', url: '/sign-in' })
      assert.equal(first.cookies.length, 1, 'without any cookie')
      assert.equal((await app.inject('/')).json().user, null)
      const browser = new BrowserJar(app)
      browser.cookies['theme'] = 'dark'
      assert.equal((await browser.post('/early')).cookies.length, 1)
      assert.equal((await browser.get('/')).json().user, 'ada')
      assert.equal((await browser.post('/sign-out')).cookies[0]?.value, '')
      assert.deepEqual(Object.keys(browser.cookies), ['theme'])
      await app.close()
    })
  }
})

describe('@fastify/secure-session', () => {
  const REFUSED = 'FST_SESSION_SECURITY_SECURE_SESSION'

  it('in the same context or one around it is refused: its sessions cannot be carried over', async () => {
    const plugin = await secureSession()
    const orders: Array<(app: FastifyInstance) => unknown> = [
      async app => {
        await app.register(plugin, SECURE_SESSION)
        await app.register(sessionSecurity, withOptions())
      },
      async app => {
        await app.register(plugin, SECURE_SESSION)
        await app.register(async child => { await child.register(sessionSecurity, withOptions()) })
      }
    ]
    for (const order of orders) {
      const { code, message } = await failure(order)
      assert.equal(code, REFUSED)
      assert.match(message, /Remove it, or register the two in sibling contexts\./)
      assert.match(message, /Its sessions cannot be carried over: people sign in once more\./)
    }
  })

  it('after it is refused by Fastify itself', async () => {
    const words = await lastWords(`
      const { default: secureSession } = await import('@fastify/secure-session')
      await app.register(sessionSecurity, options)
      await app.register(secureSession, ${JSON.stringify(SECURE_SESSION)})`)
    assert.match(words, /FST_ERR_DEC_ALREADY_PRESENT/)
    assert.match(words, /'session'/)
  })

  it('in a sibling context, or under another name, is left alone', async () => {
    const plugin = await secureSession()
    const app = Fastify()
    await app.register(async child => {
      await child.register(plugin, { ...SECURE_SESSION, sessionName: 'basket' })
      await child.register(sessionSecurity, withOptions())
      addSignIn(child)
    }, { prefix: '/bank' })
    await app.register(async child => { await child.register(plugin, SECURE_SESSION) }, { prefix: '/shop' })
    const browser = new BrowserJar(app)
    await browser.post('/bank/sign-in')
    assert.equal((await browser.get('/bank/')).json().user, 'ada')
    await app.close()
  })
})

describe('what fastify.sessionSecurity shows of the options', () => {
  it('is what is in force, and holds no secret and no store, in an answer and in the log', async () => {
    const log = new LogCapture()
    const app = Fastify({ logger: { stream: log } })
    const [cookieSecret, password] = ['the secret of other cookies', 'the password of a client']
    const store = Object.assign(new MemoryStore(), { client: { options: { password } } })
    const cookie = { secret: cookieSecret }
    await app.register(sessionSecurity, withOptions({ store, cookie, redirectToLogout: '/bye', expireAfter: 900 }))
    app.get('/policy', async () => app.sessionSecurity.policy)
    app.get('/all', async () => app.sessionSecurity)
    app.log.info({ policy: app.sessionSecurity.policy, all: app.sessionSecurity }, 'at start')
    const shown = (await app.inject('/policy')).json()
    assert.deepEqual([shown.redirectToLogout, shown.expireAfter, shown.pingUrl], ['/bye', 900, PING])
    for (const key of ['session', 'cookie', 'store']) assert.ok(!(key in app.sessionSecurity.policy), key)
    assert.ok(Object.isFrozen(app.sessionSecurity.policy))
    const said = [JSON.stringify(shown), (await app.inject('/all')).body, ...log.raw].join()
    assert.ok(said.includes('at start'))
    for (const secret of [SECRET, cookieSecret, password]) assert.ok(!said.includes(secret), secret)
    await app.close()
  })
})

describe('a registration that cannot be', () => {
  it('is refused without userOf, with an example of one', async () => {
    const { code, message } = await failure(async app => {
      await app.register(sessionSecurity, { session: { secret: SECRET } } as SessionSecurityOptions)
    })
    assert.equal(code, 'FST_SESSION_SECURITY_NO_USER_OF')
    assert.match(message, /userOf: session => session\.user/)
  })

  it('is refused without any options, by the name of the first that is missing', async () => {
    const { code } = await failure(app => { app.register(sessionSecurity as FastifyPluginAsync) })
    assert.equal(code, 'FST_SESSION_SECURITY_NO_USER_OF')
  })

  it('is refused with a store or saveUninitialized for @fastify/session', async () => {
    for (const [name, value] of [['store', new session.MemoryStore()], ['saveUninitialized', true]] as const) {
      const { code, message } = await failure(async app => {
        await app.register(sessionSecurity,
          withOptions({ session: Object.assign({ secret: SECRET }, { [name]: value }) }))
      })
      assert.equal(code, 'FST_SESSION_SECURITY_BAD_OPTION')
      assert.ok(message.startsWith(`Option "session.${name}" must be left out: `), message)
    }
  })

  it('is refused with a store of @fastify/session that is not wrapped, by the name of the wrapper', async () => {
    const { code, message } = await failure(async app => {
      await app.register(sessionSecurity,
        withOptions(Object.assign({}, { store: new session.MemoryStore() }) as object))
    })
    assert.equal(code, 'FST_SESSION_SECURITY_BAD_OPTION')
    assert.match(message, /^Option "store" must be a MemoryStore, a RedisStore or fromSessionStore\(store\)/)
  })

  it('is refused with a secret that is too short, which @fastify/session is not asked about', async () => {
    const { code, message } = await failure(async app => {
      await app.register(sessionSecurity, withOptions({ session: { secret: 'hush hush' } }))
    })
    assert.deepEqual([code, message],
      ['FST_SESSION_SECURITY_BAD_OPTION', 'Option "session.secret": the secret must have length 32 or greater'])
  })

  it('is refused with wrong options before the server starts', async () => {
    const { code } = await failure(async app => {
      await app.register(sessionSecurity, withOptions({ warnAfter: 590, expireAfter: 600 }))
    })
    assert.equal(code, 'FST_SESSION_SECURITY_BAD_OPTION')
  })

  it('is refused by Fastify 4, with the version that it has', async () => {
    const app = Fastify()
    const four: FastifyInstance = Object.create(app, { version: { value: '4.28.1' } })
    await assert.rejects(async () => { await sessionSecurity(four, withOptions()) }, {
      code: 'FST_SESSION_SECURITY_FASTIFY_VERSION',
      message: 'fastify-session-security needs Fastify 5; this is Fastify 4.28.1.'
    })
    assert.equal(app.hasDecorator('decryptSession') || app.hasReplyDecorator('setCookie'), false)
    await app.close()
  })

  it('is refused a second time, in the same context and in one within', async () => {
    const ALREADY = 'FST_SESSION_SECURITY_ALREADY_REGISTERED'
    const twice = await failure(async app => {
      await app.register(sessionSecurity, withOptions())
      await app.register(sessionSecurity, withOptions())
    })
    const within = await failure(app => {
      app.register(sessionSecurity, withOptions())
      app.register(async child => { await child.register(sessionSecurity, withOptions()) })
    })
    assert.deepEqual([twice.code, within.code], [ALREADY, ALREADY])
  })
})

describe('contexts', () => {
  it('within that of the plugin have its sessions, its guard and its terms', async () => {
    const app = Fastify()
    app.register(sessionSecurity, withOptions())
    app.register(async child => {
      addSignIn(child)
      await child.register(async grandchild => {
        grandchild.get('/private', { preHandler: requireSession() }, async request => request.session.user)
      })
    }, { prefix: '/app' })
    const browser = new BrowserJar(app)
    assert.equal((await browser.get('/app/private')).statusCode, 401)
    await browser.post('/app/sign-in')
    assert.equal((await browser.get('/app/private')).body, 'ada')
    await app.close()
  })

  it('beside each other without prefixes have a plugin each, with a prefix or a pingUrl each', async () => {
    const app = Fastify()
    const places = [['staff', { prefix: '/staff' }], ['customer', { pingUrl: '/customer-ping' }]] as const
    for (const [cookieName, place] of places) {
      await app.register(async child => {
        const session = { secret: SECRET, cookieName, cookie: { secure: false } }
        await child.register(sessionSecurity, withOptions({ session, ...place }))
        child.post(`/${cookieName}/sign-in`, async request => { request.session.user = cookieName })
      })
    }
    const browser = new BrowserJar(app)
    await browser.post('/staff/sign-in')
    assert.equal((await browser.get(`/staff${PING}`)).json().state, 'active')
    assert.deepEqual((await browser.get('/customer-ping')).json(), { state: 'ended', reason: 'none' })
    await app.close()
  })

  it('beside that of the plugin have none of it, and its guard says there where to register (R5)', async () => {
    const clock = new FakeClock()
    const app = Fastify()
    for (const [prefix, expireAfter] of [['/bank', 10], ['/shop', 100]] as const) {
      await app.register(async child => {
        const store = new MemoryStore({ clock: clock.now })
        const session = { secret: SECRET, cookieName: prefix.slice(1), cookie: { secure: false } }
        await child.register(sessionSecurity, withOptions({ session, ...endingAfter(expireAfter, store) }))
        addSignIn(child)
      }, { prefix })
    }
    app.get('/outside', async ({ session, sessionSecurity }) => ({ has: (session ?? sessionSecurity) !== undefined }))
    app.get('/guarded', { preHandler: requireSession() }, async () => 'private')
    const [bank, shop] = [new BrowserJar(app), new BrowserJar(app)]
    await bank.post('/bank/sign-in')
    await shop.post('/shop/sign-in')
    assert.equal((await bank.get(`/bank${PING}`)).json().expireAfter, 10)
    assert.equal((await shop.get(`/shop${PING}`)).json().expireAfter, 100)
    assert.equal((await app.inject(PING)).statusCode, 404)
    assert.deepEqual((await bank.get('/outside')).json(), { has: false })
    const guarded = (await bank.get('/guarded')).json()
    assert.deepEqual([guarded.statusCode, guarded.code], [500, 'FST_SESSION_SECURITY_NOT_REGISTERED'])
    assert.match(guarded.message,
      /^requireSession\(\) .* Register the plugin in the context of the route or in one around it/)
    clock.advance(10)
    assert.equal((await bank.get('/bank/')).json().user, null)
    assert.equal((await shop.get('/shop/')).json().user, 'ada')
    await app.close()
  })

  for (const shared of [false, true]) {
    describe(`two of them with a cookie name each, on ${shared ? 'one store' : 'a store each'} (audit/31)`, () => {
      async function start () {
        const app = Fastify()
        const store = new MemoryStore()
        for (const [prefix, cookieName] of [['/a', 'sa'], ['/b', 'sb']] as const) {
          await app.register(async child => {
            const session = { secret: SECRET, cookieName, cookie: { secure: false } }
            await child.register(sessionSecurity, withOptions({ session, store: shared ? store : new MemoryStore() }))
            child.post('/sign-in', async request => { request.session.user = cookieName })
            child.post('/sign-out', async request => { await request.session.destroy() })
            child.get('/', async request => ({ user: request.session.user ?? null }))
          }, { prefix })
        }
        const browser = new BrowserJar(app)
        const users = async () => [(await browser.get('/a/')).json().user, (await browser.get('/b/')).json().user]
        await browser.post('/a/sign-in')
        await browser.post('/b/sign-in')
        return { app, browser, users }
      }

      it('has both people signed in, and the log-out of one leaves the other\'s cookie', async () => {
        const { app, browser, users } = await start()
        assert.deepEqual(await users(), ['sa', 'sb'])
        await browser.post('/b/sign-out')
        assert.deepEqual(Object.keys(browser.cookies), ['sa'])
        assert.deepEqual(await users(), ['sa', null])
        await app.close()
      })

      it('clears the session\'s own cookie, though another one has the same value', async () => {
        const { app, browser } = await start()
        const { sa = '' } = browser.cookies
        for (const name of ['zz', 'sb', 'sa2', 'xsa', '__proto__', 'constructor', 'a b', '"q"', '']) {
          await browser.post('/a/sign-in')
          const headers = { cookie: `${name}=${sa}; sa=${browser.cookies['sa']}` }
          const { statusCode, cookies } = await app.inject({ method: 'POST', url: '/a/sign-out', headers })
          assert.deepEqual([statusCode, cookies.map(({ name, value }) => [name, value])], [200, [['sa', '']]], name)
        }
        await app.close()
      })

      it('takes the cookie of the one for none of the other\'s, unless they share a store', async () => {
        const { app, browser } = await start()
        const { statusCode, body } = await app.inject({ url: '/b/', cookies: { sb: browser.cookies['sa'] ?? '' } })
        assert.deepEqual([statusCode, body], [200, JSON.stringify({ user: shared ? 'sa' : null })])
        await app.close()
      })
    })
  }
})

describe('other plugins beside it', () => {
  it('find @fastify/session and @fastify/cookie registered, where they depend on them', async () => {
    const app = Fastify()
    const seen: boolean[] = []
    const dependent = fp(async (fastify: FastifyInstance) => { seen.push(fastify.hasDecorator('decryptSession')) },
      { name: 'dependent', dependencies: ['@fastify/cookie', '@fastify/session', 'fastify-session-security'] })
    app.register(sessionSecurity, withOptions())
    app.register(dependent)
    await app.ready()
    assert.deepEqual(seen, [true])
    assert.ok(app.hasPlugin('@fastify/session'))
    await app.close()
  })

  it('such as @fastify/csrf-protection keep what they need in the session', async () => {
    const { app, browser } = await buildApp({
      before: app => { app.register(cookie) },
      routes: app => {
        app.register(csrf, { sessionPlugin: '@fastify/session' })
        app.after(() => {
          app.get('/form', async (_request, reply) => reply.generateCsrf())
          app.post('/save', { onRequest: app.csrfProtection }, async request => request.session.user ?? 'nobody')
        })
      }
    })
    const save = async (token: string) => await browser.post('/save', undefined, { 'csrf-token': token })
    const planted = (await browser.get('/form')).body
    assert.equal((await save(planted)).body, 'nobody')
    await browser.post('/sign-in')
    assert.equal((await save(planted)).statusCode, 403, 'a secret from before the sign-in is dropped (R8)')
    const token = (await browser.get('/form')).body
    assert.equal((await save(token)).body, 'ada')
    assert.equal((await save('forged')).statusCode, 403)
    await app.close()
  })
})

describe('the move from two registrations to one', () => {
  /** Builds the application as it was before the move. */
  async function before (store: session.SessionStore,
    options: Partial<session.FastifySessionOptions> = {}): Promise<FastifyInstance> {
    const app = Fastify()
    await app.register(cookie)
    const usual = { secret: SECRET, saveUninitialized: false, cookie: { secure: false } }
    await app.register(session, { ...usual, store, ...options })
    app.post('/sign-in', async request => { request.session.user = 'ada' })
    return app
  }

  async function after (store: session.SessionStore,
    session: Partial<SessionSecurityOptions['session']> = {}): Promise<FastifyInstance> {
    const app = Fastify()
    await app.register(sessionSecurity, withOptions({
      session: { secret: SECRET, cookie: { secure: false }, ...session },
      store: fromSessionStore(store)
    }))
    addSignIn(app)
    return app
  }

  it('keeps people signed in with the same secret, cookie name and store, and sets no cookie for it', async () => {
    const cases = [{}, { cookieName: 'sid' }, { cookiePrefix: 's:' }, { secret: [SECRET, 'an older one'] },
      { algorithm: 'sha512' }]
    for (const options of cases) {
      const store = new session.MemoryStore()
      const old = await before(store, options)
      const { cookies: [set] } = await old.inject({ method: 'POST', url: '/sign-in' })
      await old.close()
      const app = await after(store, options)
      const browser = new BrowserJar(app)
      browser.cookies[set?.name ?? ''] = set?.value ?? ''
      const answer = await browser.get('/')
      assert.deepEqual([answer.json().user, answer.json().view.state, answer.cookies], ['ada', 'active', []],
        JSON.stringify(options))
      assert.equal((await browser.get('/')).json().user, 'ada')
      await browser.post('/sign-out')
      assert.equal((await app.inject({ url: '/', cookies: { [set?.name ?? '']: set?.value ?? '' } })).json().user, null)
      await app.close()
    }
  })

  it('takes a session under another secret for none', async () => {
    const store = new session.MemoryStore()
    const { cookies: [set] } = await (await before(store)).inject({ method: 'POST', url: '/sign-in' })
    const app = await after(store, { secret: 'another secret that is long enough for it' })
    const answer = await app.inject({ url: '/', cookies: { sessionId: set?.value ?? '' } })
    assert.deepEqual([answer.json().user, answer.cookies], [null, []])
    await app.close()
  })
})
