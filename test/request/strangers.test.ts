import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { describe, it } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SessionOptions, SessionSecurityOptions } from '../../src/options/options.ts'
import type { CookieSigner } from '../../src/options/remembering-signer.ts'
import { requireSession } from '../../src/request/require-session.ts'
import type { TestAppOptions } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { answered, linesOf, unheard } from '../helpers/answers.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

declare module 'fastify' {
  interface Session {
    messages?: string[]
  }
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** The answers of guards that return nothing, and the answers that arrive. */
const ANSWERS: Record<string, {
  readonly answer: (reply: FastifyReply) => void,
  readonly status: number,
  readonly body: string
}> = {
  nothing: { answer: reply => { reply.code(401).send() }, status: 401, body: '' },
  text: { answer: reply => { reply.code(401).send('no') }, status: 401, body: 'no' },
  JSON: { answer: reply => { reply.code(403).send({ error: 'no' }) }, status: 403, body: '{"error":"no"}' },
  'a redirect': { answer: reply => { reply.redirect('/login') }, status: 302, body: '' }
}

/** The hooks in which a guard may stand. */
const DOORS: Record<string, (app: FastifyInstance, guard: Hook, handler: Hook) => void> = {
  'onRequest of a route': (app, guard, handler) => { app.get('/guarded', { onRequest: guard }, handler) },
  'preParsing of a route': (app, guard, handler) => {
    app.get('/guarded', { preParsing: async (request, reply) => { await guard(request, reply) } }, handler)
  },
  'preValidation of a route': (app, guard, handler) => { app.get('/guarded', { preValidation: guard }, handler) },
  'preHandler of a route': (app, guard, handler) => { app.get('/guarded', { preHandler: guard }, handler) },
  'preValidation of setNotFoundHandler': (app, guard, handler) => {
    app.setNotFoundHandler({ preValidation: guard }, handler)
  },
  'preHandler of setNotFoundHandler': (app, guard, handler) => {
    app.setNotFoundHandler({ preHandler: guard }, handler)
  }
}

/** Values that an application throws, and that nobody expects. */
const THROWN: ReadonlyArray<readonly [name: string, thrown: unknown]> = [
  ['undefined', undefined], ['null', null], ['a string', 'a text']
]

for (const kit of [memoryKit, redisKit()]) {
  describe(`an answered guard before an async onSend and an async preSerialization hook, on ${kit.name}`, () => {
    for (const [door, add] of Object.entries(DOORS)) {
      for (const [what, { answer, status, body }] of Object.entries(ANSWERS)) {
        for (const writes of [false, true]) {
          it(`in ${door} that answers ${what}${writes ? ' and edits the session' : ''} stops the request`, async () => {
            const ran: string[] = []
            const { app, browser, log } = await buildApp({
              kit,
              before: app => {
                app.addHook('onSend', async () => { for (let i = 0; i < 20; i++) await setImmediate() })
                app.addHook('preSerialization', async (_request, _reply, payload) => {
                  for (let i = 0; i < 20; i++) await setImmediate()
                  return payload
                })
              },
              routes: app => {
                const guard: Hook = async (request, reply) => {
                  if (writes) request.session.messages = ['no']
                  answer(reply)
                }
                add(app, guard, async () => { ran.push('handler'); return 'the handler\'s' })
              }
            })
            const response = await answered(browser.get('/guarded'))
            for (let i = 0; i < 50; i++) await setImmediate()
            assert.deepEqual([response.statusCode, response.body, ran], [status, body, []])
            assert.equal(linesOf(response).length, writes ? 1 : 0)
            assert.deepEqual(log.lines.filter(line => line.level >= 40), [])
            await app.close()
          })
        }
      }
    }
  })

  describe(`no request hangs on ${kit.name}`, () => {
    for (const fails of ['once', 'each time']) {
      it(`where the answer of a child's error handler fails ${fails} and the parent's answers nothing`, async () => {
        let sent = 0
        const { app, browser } = await buildApp({
          kit,
          routes: app => {
            app.setErrorHandler((_error, _request, reply) => { reply.code(500).send() })
            app.register(async child => {
              child.setErrorHandler(async (_error, _request, reply) => await reply.code(400).send('of the child'))
              child.addHook(
                'onSend', async () => { if (sent++ === 0 || fails === 'each time') throw new Error('no answer') }
              )
              child.get('/broken', async request => { request.session.messages = ['x']; throw new Error('first') })
            })
          }
        })
        assert.equal((await answered(browser.get('/broken'))).statusCode, 500)
        await app.close()
      })
    }

    for (const fails of ['once', 'twice']) {
      it(`when an answer fails, and the error handler's ${fails === 'once' ? 'does not' : 'fails too'}`, async () => {
        let sent = 0
        const { app, browser } = await buildApp({
          kit,
          routes: app => {
            app.setErrorHandler((_error, _request, reply) => { reply.code(500).send('of the parent') })
            app.register(async child => {
              child.setErrorHandler((_error, _request, reply) => { reply.code(400).send('of the child') })
              child.addHook(
                'onSend', async () => { if (sent++ < (fails === 'once' ? 1 : 2)) throw new Error('no answer') }
              )
              child.get('/broken', (request, reply) => {
                request.session.messages = ['x']
                reply.send('an answer')
              })
            })
          }
        })
        const { statusCode, body } = await answered(browser.get('/broken'))
        assert.deepEqual([statusCode, body], fails === 'once' ? [400, 'of the child'] : [500, 'of the parent'])
        await app.close()
      })
    }

    it('where a guard sends an error without returning while an onError hook waits', async () => {
      const kinds = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const
      const ran: string[] = []
      const { app, browser } = await buildApp({
        kit,
        routes: app => {
          app.addHook('onError', async () => { for (let i = 0; i < 20; i++) await setImmediate() })
          const guard: Hook = async (_request, reply) => { reply.send(new Error('no')) }
          for (const kind of ['onRequest', 'preValidation', 'preHandler'] as const) {
            const later = kinds.slice(kinds.indexOf(kind) +
              1).map(name => [name, async () => { ran.push(`${name} after ${kind}`) }])
            app.get(
              `/${kind}`, { ...Object.fromEntries(later), [kind]: guard },
              async () => { ran.push(kind); return 'never' }
            )
          }
        }
      })
      for (const kind of ['onRequest', 'preValidation', 'preHandler']) {
        assert.equal((await answered(browser.get(`/${kind}`))).statusCode, 500, kind)
      }
      await setTimeout(20)
      assert.deepEqual(ran, [])
      await app.close()
    })

    const fails = (thrown: unknown): Record<string, {
      security?: Partial<SessionSecurityOptions>,
      session?: Partial<SessionOptions>
    }> => ({
      deviceOf: { security: { deviceOf: () => { throw thrown } } },
      expireAfter: {
        security: { expireAfter: request => { if (request.url.startsWith('/in')) throw thrown; return 10 } }
      },
      idGenerator: {
        session: {
          idGenerator: request => { if (request?.url.startsWith('/in') === true) throw thrown; return 'x'.repeat(20) }
        }
      },
      userOf: { security: { userOf: ({ user }) => { if (user !== undefined) throw thrown; return user } } }
    })
    for (const [name, thrown] of THROWN) {
      for (const [option, options] of Object.entries(fails(thrown))) {
        for (const saves of [false, true]) {
          it(`where ${option} throws ${name}${saves ? ' at an explicit save()' : ''}: 500`, async () => {
            const { app, browser, held } = await buildApp({
              kit,
              ...options,
              routes: app => {
                app.post('/in', async request => {
                  request.session.user = 'ada'
                  if (saves) await request.session.save()
                  return 'in'
                })
              }
            })
            const response = await answered(browser.post('/in'))
            assert.deepEqual([response.statusCode, linesOf(response), await held()], [500, [], 0])
            await app.close()
          })
        }
      }
    }

    const failsBefore = (thrown: unknown, isReady: () => boolean): Record<string, TestAppOptions> => {
      const fail = (): void => { if (isReady()) throw thrown }
      return {
        isPassive: { security: { isPassive: () => { fail(); return false } } },
        expireAfter: { security: { expireAfter: () => { fail(); return 10 } } },
        userOf: { security: { userOf: ({ user }) => { fail(); return user } } },
        isAuthenticated: { security: { isAuthenticated: ({ user }) => { fail(); return user !== undefined } } },
        'session.secret.sign': { session: { secret: { sign: id => { fail(); return `${id}.` }, unsign } } },
        'session.secret.unsign': {
          session: { secret: { sign: id => `${id}.`, unsign: text => { fail(); return unsign(text) } } }
        },
        'session.idGenerator': { session: { idGenerator: () => { fail(); return 'x'.repeat(20) } } }
      }
    }
    const unsign = (text: string): ReturnType<CookieSigner['unsign']> => (
      text.endsWith('.')
        ? { valid: true, renew: false, value: text.slice(0, -1) }
        : { valid: false, renew: false, value: null })
    for (const [name, thrown] of THROWN) {
      for (const option of Object.keys(failsBefore(thrown, () => false))) {
        it(`or goes past a guard, where ${option} throws ${name} in a request with or without a session`, async () => {
          let isReady = false
          const ran: string[] = []
          const { app, browser, newBrowser } = await buildApp({
            kit,
            ...failsBefore(thrown, () => isReady)[option],
            routes: app => {
              app.addHook(
                'onRequest',
                async (request, reply) => { if (request.url === '/guarded') return await reply.code(401).send('no') }
              )
              app.get('/guarded', async () => { ran.push('behind the hook'); return 'never' })
              app.get(
                '/required', { preHandler: requireSession() },
                async () => { ran.push('behind requireSession()'); return 'never' }
              )
            }
          })
          await browser.post('/sign-in')
          isReady = true
          const urls = option === 'session.idGenerator' || option === 'expireAfter' || option.endsWith('sign')
            ? ['/guarded']
            : ['/guarded', '/required']
          for (const who of [browser, newBrowser()]) {
            for (const url of urls) assert.ok([401, 500].includes((await answered(who.get(url))).statusCode), url)
          }
          assert.deepEqual(ran, [])
          isReady = false
          await app.close()
        })
      }
    }

    it('where a stream fails that is to be sent, while an edit is being saved; and the process lives', async () => {
      const slow = steeredKit(kit)
      const { app, browser } = await buildApp({
        kit: slow,
        routes: app => {
          app.get(
            '/missing', async request => { request.session.a = 1; return createReadStream('/a/file/that/is/missing') }
          )
        }
      })
      await browser.post('/sign-in')
      slow.store.after = async verb => { if (verb === 'update') await setTimeout(30) }
      const heard = await unheard(async () => {
        const { statusCode } = await answered(browser.get('/missing'))
        assert.ok([500, 404].includes(statusCode), String(statusCode))
      })
      assert.deepEqual(heard, [])
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })
  })

  describe(`nothing that an application forgets ends the process, on ${kit.name}`, () => {
    it('neither calls of request.sessionSecurity that nobody awaits while the store is away', async () => {
      const steered = steeredKit(kit)
      const { app, browser } = await buildApp({
        kit: steered,
        security: { throttle: 0 },
        routes: app => {
          app.post('/calls', async ({ sessionSecurity }) => {
            steered.store.before = async () => {
              await setImmediate()
              throw Object.assign(new Error('away'), { statusCode: 503 })
            }
            const calls: unknown[] = [
              sessionSecurity.recordActivity(), sessionSecurity.reportIdle(-5), sessionSecurity.confirm(),
              sessionSecurity.sessions(),
              sessionSecurity.endOtherSessions(), sessionSecurity.endReason()
            ]
            return calls.length
          })
        }
      })
      await browser.post('/sign-in')
      assert.deepEqual(await unheard(async () => {
        const response = await answered(browser.post('/calls'))
        assert.deepEqual([response.statusCode, response.body], [200, '6'])
      }), [])
      steered.store.before = () => undefined
      await app.close()
    })

    const promise = (fails: boolean): never => (fails
      ? Promise.reject(new Error('late'))
      : Promise.resolve('an id')) as never
    const promising = (fails: boolean): Record<string, {
      security?: Partial<SessionSecurityOptions>,
      session?: Partial<SessionOptions>
    }> => ({
      'session.idGenerator': { session: { idGenerator: request => request === undefined ? 'probe' : promise(fails) } },
      'session.secret.unsign': {
        session: {
          secret: {
            sign: id => id,
            unsign: text => text === 'a' ? promise(fails) : { valid: text !== '', renew: false, value: text }
          }
        }
      },
      deviceOf: { security: { deviceOf: () => ({ address: promise(fails) }) } },
      'deviceOf itself': { security: { deviceOf: () => promise(fails) } }
    })
    for (const failing of [false, true]) {
      for (const [option, options] of Object.entries(promising(failing))) {
        it(`nor a promise of ${option} that is ${failing ? 'rejected' : 'fulfilled'}: a coded error`, async () => {
          const { app, browser, held } = await buildApp({ kit, ...options })
          if (option.endsWith('unsign')) browser.cookies['sessionId'] = 'a'
          assert.deepEqual(await unheard(async () => {
            const response = await answered(browser.post('/sign-in'))
            assert.deepEqual(
              [response.statusCode, response.json().code], [500, 'FST_SESSION_SECURITY_BAD_OPTION'], response.body
            )
            assert.deepEqual([linesOf(response), await held()], [[], 0])
          }), [])
          await app.close()
        })
      }
    }

    it('nor a signer that gives promises: a coded error at the start', async () => {
      for (const failing of [false, true]) {
        assert.deepEqual(await unheard(async () => {
          await assert.rejects(
            async () => await buildApp({
              kit, session: { secret: { sign: () => promise(failing), unsign: () => promise(failing) } }
            }),
            { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
        }), [])
      }
    })

    for (const verb of ['save', 'regenerate', 'destroy', 'reload']) {
      it(`nor a callback of session.${verb}() that throws: 500, or a log line after the answer has begun`, async () => {
        const { app, browser, log } = await buildApp({
          kit,
          routes: app => {
            const call = ({ session }: FastifyRequest): void => {
              Reflect.apply(Reflect.get(session, verb), session, [() => { throw new Error('of the callback') }])
            }
            app.post('/early', request => { call(request) })
            app.post('/late', (request, reply) => {
              reply.send('answered')
              call(request)
            })
          }
        })
        await browser.post('/sign-in')
        assert.deepEqual(await unheard(async () => {
          const late = await answered(browser.post('/late'))
          assert.deepEqual([late.statusCode, late.body], [200, 'answered'])
        }), [])
        await log.until(/of the callback.*a callback of the session threw after the answer had begun/)
        await browser.post('/sign-in')
        assert.deepEqual(await unheard(async () => {
          const early = await answered(browser.post('/early'))
          assert.deepEqual([early.statusCode, early.json().message], [500, 'of the callback'])
        }), [])
        await app.close()
      })
    }

    it('nor a callback of sessionStore that throws: it is called once; without one, nothing happens', async () => {
      let called = 0
      const throws = (): void => { called++; throw new Error('of the callback') }
      const { app, browser } = await buildApp({
        kit,
        routes: app => {
          app.post('/store', async ({ session, sessionStore: store }) => {
            const id = session.sessionId
            store.get(id, throws)
            store.set(id, session, throws)
            store.destroy('another', throws)
            for (const [verb, args] of [['get', [id]], ['set', [id, session]], ['destroy', ['another']]] as const) {
              Reflect.apply(Reflect.get(store, verb), store, [...args])
            }
            await setTimeout(30)
            return 'lives'
          })
        }
      })
      await browser.post('/sign-in')
      assert.deepEqual(await unheard(async () => {
        assert.equal((await answered(browser.post('/store'))).body, 'lives')
      }), [])
      assert.equal(called, 3)
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })
  })
}
