import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { requireSession } from '../../src/request/require-session.ts'
import { buildApp } from '../helpers/app.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

declare module 'fastify' {
  interface Session {
    messages?: string[]
  }
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** Guards that answer and return nothing. Fastify lets the request pass behind such a guard. */
const GUARDS: Record<string, Hook> = {
  'reply.code(401).send()': async (_request, reply) => { reply.code(401).send() },
  'reply.code(401).send(text)': async (_request, reply) => { reply.code(401).send('no') },
  'reply.redirect()': async (_request, reply) => { reply.redirect('/login') },
  'a message in the session, then reply.code(401).send()': async (request, reply) => {
    request.session.messages = ['wrong password']
    reply.code(401).send()
  },
  'a message in the session, then reply.redirect()': async (request, reply) => {
    request.session.messages = ['wrong password']
    reply.redirect('/login')
  },
  'an answer after a wait': async (request, reply) => {
    await setImmediate()
    request.session.messages = ['wrong password']
    reply.code(401).send({ error: 'no' })
  },
  'an answer, then a wait': async (request, reply) => {
    request.session.messages = ['wrong password']
    reply.code(401).send({ error: 'no' })
    for (let i = 0; i < 20; i++) await setImmediate()
  }
}

const KINDS = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const

for (const kit of [memoryKit, redisKit()]) {
  describe(`one answer on ${kit.name}`, () => {
    for (const [name, guard] of Object.entries(GUARDS)) {
      for (const kind of KINDS) {
        for (const place of ['of the route', 'of the application']) {
          it(`a guard ${place} in ${kind} that answers by ${name} stops the request; one cookie line`, async () => {
            const ran: string[] = []
            const later: Hook = async () => { ran.push('later hook') }
            const { app, browser, log } = await buildApp({
              kit,
              routes: app => {
                if (place === 'of the application') {
                  app.addHook(
                    kind as 'preHandler',
                    async (request, reply) => { if (request.url === '/guarded') await guard(request, reply) }
                  )
                  app.addHook('preHandler', later)
                }
                const hooks = place === 'of the route'
                  ? {
                      [kind]: guard, ...(kind === 'preHandler' ? { preHandler: [guard, later] } : { preHandler: later })
                    }
                  : {}
                app.patch('/guarded', { ...hooks }, async () => { ran.push('handler'); return 'done' })
                app.addHook('onSend', async () => { await setImmediate() }) // the application's own hook, which waits
              }
            })
            const response = await browser.send({ method: 'PATCH', url: '/guarded' })
            for (let i = 0; i < 50; i++) await setImmediate()
            assert.deepEqual(ran, [])
            assert.ok([401, 302].includes(response.statusCode), String(response.statusCode))
            assert.ok([response.headers['set-cookie'] ?? []].flat().length <= 1, String(response.headers['set-cookie']))
            assert.deepEqual(log.lines.filter(line => line.level >= 50), [])
            await app.close()
          })
        }
      }
    }

    for (const kind of ['onRequest', 'preValidation', 'preHandler'] as const) {
      it(`a route's guard in ${kind} that answers with an error stops the next hook while onError waits`, async () => {
        const ran: string[] = []
        const guard: Hook = async (_request, reply) => { reply.code(401).send(new Error('no')) }
        const { app, browser } = await buildApp({
          kit,
          routes: app => {
            app.addHook('onError', async () => { for (let i = 0; i < 20; i++) await setImmediate() })
            const hooks = [guard, async () => { ran.push('later hook') }]
            app.patch('/guarded', { [kind]: hooks }, async () => { ran.push('handler'); return 'done' })
          }
        })
        assert.equal((await browser.send({ method: 'PATCH', url: '/guarded' })).statusCode, 401)
        for (let i = 0; i < 50; i++) await setImmediate()
        assert.deepEqual(ran, [])
        await app.close()
      })
    }

    it('an async handler that calls reply.send() and returns nothing answers, saves and signs in once', async () => {
      const steered = steeredKit(kit)
      const { app, browser, log } = await buildApp({
        kit: steered,
        routes: app => {
          app.post('/in', async (request, reply) => { request.session.user = 'ada'; reply.send({ hello: 'ada' }) })
          app.post(
            '/edit', async (request, reply) => { request.session.messages = ['saved']; reply.send({ hello: 'edit' }) }
          )
        }
      })
      const signedIn = await browser.post('/in')
      assert.deepEqual(signedIn.json(), { hello: 'ada' })
      assert.equal([signedIn.headers['set-cookie']].flat().length, 1)
      const edited = await browser.post('/edit')
      assert.deepEqual([edited.json(), edited.headers['set-cookie']], [{ hello: 'edit' }, undefined])
      assert.deepEqual(steered.store.writes.filter(call => call !== 'load+activity'), ['begin', 'update'])
      assert.equal(log.ours().filter(({ msg }) => msg === 'session started').length, 1)
      await app.close()
    })

    it('a save that fails behind a guard\'s answer is answered by the application\'s error handler, once', async () => {
      let handled = 0
      const steered = steeredKit(kit)
      const { app, browser } = await buildApp({
        kit: steered,
        routes: app => {
          app.setErrorHandler(async (error: Error, _request, reply) => {
            handled++
            return await reply.code(503).send({ handled: error.message })
          })
          app.get(
            '/guarded', { preHandler: GUARDS['a message in the session, then reply.redirect()'] as Hook },
            async () => 'never'
          )
        }
      })
      steered.store.before = async verb => {
        await setImmediate()
        if (verb === 'begin') throw new Error('away')
      }
      const response = await browser.get('/guarded')
      assert.deepEqual([response.statusCode, response.json(), handled], [503, { handled: 'away' }, 1])
      assert.equal(response.headers['set-cookie'], undefined)
      await app.close()
    })

    it('answers in the same tick where nothing is to be saved, as without this package', async () => {
      let isSent: boolean | undefined
      const { app, browser } = await buildApp({
        kit, routes: app => { app.get('/now', (_request, reply) => { reply.send('now'); isSent = reply.sent }) }
      })
      await browser.get('/now')
      assert.equal(isSent, true)
      await browser.post('/sign-in')
      await browser.get('/now')
      assert.equal(isSent, true)
      await app.close()
    })

    it('lets a handler\'s own session cookie lines alone: an ordinary edit sets none', async () => {
      const { app, browser } = await buildApp({
        kit,
        routes: app => {
          app.post(
            '/edit',
            async (request, reply) => {
              request.session.messages = ['x']
              reply.setCookie('theme', 'dark')
              return 'ok'
            }
          )
        }
      })
      await browser.post('/sign-in')
      assert.match(String((await browser.post('/edit')).headers['set-cookie']), /^theme=dark/)
      await app.close()
    })

    it('a guard of this package answers once too, on every kind of hook', async () => {
      for (const kind of ['onRequest', 'preValidation', 'preHandler']) {
        const { app, browser } = await buildApp({
          kit,
          routes: (app: FastifyInstance) => {
            app.get(
              '/x', { [kind]: requireSession({ loginUrl: '/login' }) }, async () => assert.fail('the handler ran')
            )
          }
        })
        const page = await browser.get('/x', { accept: 'text/html' })
        assert.deepEqual([page.statusCode, page.headers.location], [303, '/login?next=%2Fx'])
        await app.close()
      }
    })
  })
}
