import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { answered, throwing, unheard } from '../helpers/answers.ts'
import { program } from '../helpers/program.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const FAILING = await program('../helpers/failing-process.ts', import.meta.url)

type Fails = () => unknown

/** Values that a callback may throw, and that are no readable Error. */
const ODD: Readonly<Record<string, Fails>> = {
  'a text': () => throwing('confidential'),
  'an object': () => throwing({ statusCode: 200, secret: 'confidential' }),
  undefined: () => throwing(undefined),
  null: () => throwing(null),
  'a bigint': () => throwing(1n),
  'an object whose getters throw': () => throwing({
    get message () { return throwing(1) }, toString: () => throwing(2)
  }),
  'an object whose toJSON() throws': () => throwing({ toJSON: () => throwing('confidential') }),
  'an error with a getter that throws': () => { throw unreadable() },
  'a Proxy that throws': () => { throw new Proxy(new Error('confidential'), { get () { throw new Error('trap') } }) }
}

/** Readable errors that hold a value which a logger cannot read. */
const DEEP: Readonly<Record<string, Fails>> = {
  'a cause that cannot be read': () => {
    throw new Error('of the callback', { cause: new Proxy(new Error('p'), { get () { throw new Error('trap') } }) })
  },
  'another error in it that cannot be read': () => {
    throw Object.assign(new Error('of the callback'), { inner: unreadable() })
  },
  'several of them': () => { throw new AggregateError([unreadable()], 'of the callback') },
  'a class whose getter throws': () => {
    class Late extends Error {}
    Object.defineProperty(Late.prototype, 'late', { enumerable: true, get () { throw new Error('getter') } })
    throw new Late('of the callback')
  }
}

function unreadable (): Error {
  return Object.defineProperty(new Error('inner'), 'extra', { enumerable: true, get () { throw new Error('getter') } })
}

const VERBS: Readonly<Record<string, (request: FastifyRequest, callback: Fails) => void>> = {
  'session.save': ({ session }, callback) => { session.save(callback) },
  'session.regenerate': ({ session }, callback) => { session.regenerate(callback) },
  'session.regenerate with keys': ({ session }, callback) => { session.regenerate(['user'], callback) },
  'session.destroy': ({ session }, callback) => { session.destroy(callback) },
  'session.reload': ({ session }, callback) => { session.reload(callback) }
}

const STORE_VERBS: typeof VERBS = {
  'sessionStore.get': ({ session, sessionStore }, callback) => { sessionStore.get(session.sessionId, callback) },
  'sessionStore.set': ({ session, sessionStore }, callback) => {
    sessionStore.set(session.sessionId, session, callback)
  },
  'sessionStore.destroy': ({ sessionStore }, callback) => { sessionStore.destroy('of nobody', callback) }
}

interface Acting extends TestApp {
  /**
   * Signs in, and calls one of the verbs.
   *
   * The callback alone answers, or it comes after an answer, or the route answers in time.
   */
  act (verb: string, callback: Fails, url?: '/alone' | '/late' | '/soon'): Promise<[statusCode: number, body: string]>
}

async function open (kit: StoreKit): Promise<Acting> {
  let call: (request: FastifyRequest) => void = () => {}
  const built = await buildApp({
    kit,
    routes: app => {
      app.post('/alone', request => { call(request) })
      app.post('/late', (request: FastifyRequest, reply: FastifyReply) => {
        reply.send('answered')
        call(request)
      })
      app.post('/soon', async request => {
        call(request)
        await setTimeout(20)
        return 'answered'
      })
    }
  })
  return {
    ...built,
    async act (verb, callback, url = '/alone') {
      const { browser } = built
      await browser.post('/sign-in')
      call = request => ({ ...VERBS, ...STORE_VERBS })[verb]?.(request, callback)
      const { statusCode, body } = await answered(browser.post(url))
      return [statusCode, body]
    }
  }
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`a callback that fails, on ${kit.name}`, () => {
    for (const verb of Object.keys(VERBS)) {
      it(`of ${verb}() that rejects: 500, or a line in the log where the answer has begun`, async () => {
        const { app, log, act } = await open(kit)
        const rejects = async (): Promise<void> => { throw new Error('of the callback') }
        assert.deepEqual(await unheard(async () => {
          const [status, body] = await act(verb, rejects)
          assert.deepEqual([status, JSON.parse(body).message], [500, 'of the callback'])
          assert.deepEqual(await act(verb, async () => throwing(undefined)).then(([status]) => status), 500)
          assert.deepEqual(await act(verb, rejects, '/late'), [200, 'answered'])
        }), [])
        await log.until(/of the callback.*a callback of the session threw after the answer had begun/)
        await app.close()
      })

      it(`of ${verb}() that throws what is no Error: 500, without a word of it`, async () => {
        const { app, act } = await open(kit)
        for (const [what, callback] of Object.entries(ODD)) {
          assert.deepEqual(await unheard(async () => {
            const [status, body] = await act(verb, callback)
            assert.deepEqual([status, JSON.parse(body).code], [500, 'FST_SESSION_SECURITY_THROWN'], what)
            assert.doesNotMatch(body, /confidential/)
            assert.deepEqual(await act(verb, callback, '/late'), [200, 'answered'], what)
          }), [], what)
        }
        await app.close()
      })
    }

    for (const verb of Object.keys(STORE_VERBS)) {
      it(`of ${verb}(), by throwing or rejecting with whatever: a line in the log, and the process lives`, async () => {
        const { app, log, act } = await open(kit)
        const rejects = async (): Promise<void> => { throw new Error('of the callback') }
        for (const [what, callback] of Object.entries({ ...ODD, ...DEEP, rejects })) {
          log.raw.length = 0
          assert.deepEqual(await unheard(async () => {
            assert.deepEqual(await act(verb, callback, '/soon'), [200, 'answered'], what)
          }), [], what)
          const line = log.raw.find(line => line.includes('a callback of the session store threw'))
          assert.match(String(line), /of the callback|FST_SESSION_SECURITY_THROWN/, what)
        }
        await app.close()
      })
    }

    it('with an error that a logger cannot read: it is answered, or another one is logged in its place', async () => {
      const { app, log, act } = await open(kit)
      for (const [what, callback] of Object.entries(DEEP)) {
        assert.deepEqual(await unheard(async () => {
          assert.equal((await act('session.save', callback))[0], 500, what)
          log.raw.length = 0
          assert.deepEqual(await act('session.save', callback, '/late'), [200, 'answered'], what)
        }), [], what)
        await log.until(/a callback of the session threw after the answer had begun/, what)
      }
      await app.close()
    })
  })
}

describe('a process that hears no unhandled rejection', () => {
  it('lives on when functions reject or throw: who, callbacks, deviceOf, clock, onSessionEnd', async () => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath, [FAILING], { timeout: 30_000 }
    )
    assert.equal(stdout.trim(), '500,200,200,500,500,200')
    assert.equal(stderr, '')
  })
})
