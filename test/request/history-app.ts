import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyInstance, FastifyRequest, LightMyRequestResponse } from 'fastify'
import type { AuditEvent } from '../../src/index.ts'
import type { EndedSession } from '../../src/store/store.ts'
import { SECRET } from '../helpers/app.ts'
import { listenToAudit } from '../helpers/channels.ts'
import { latch } from '../helpers/latch.ts'
import type { SteeredStore } from '../helpers/steered-store.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { buildApp } from '../helpers/app.ts'
import type { FakeClock } from '../helpers/fake-clock.ts'
import { ABSOLUTE_TIMEOUT, EXPIRE_AFTER } from './history-model.ts'
import type { Act, User } from './history-steps.ts'

declare module 'fastify' {
  interface Session {
    message?: string
  }
}

/** A request on its way through the application. It waits inside its handler, and once more behind an explicit save. */
export class Passage {
  readonly act: Act
  readonly user: User
  readonly saves: boolean
  readonly entered = latch()
  readonly leave = latch()
  readonly saved = latch()
  readonly answer = latch()
  /** The user that the handler saw. */
  saw: string | null | undefined
  /** The session behind an explicit save. */
  handle: string | null = null

  constructor (act: Act, user: User, saves: boolean) {
    this.act = act
    this.user = user
    this.saves = saves
  }
}

export interface HistoryApp {
  readonly app: FastifyInstance
  readonly clock: FakeClock
  readonly store: SteeredStore
  readonly ends: readonly EndedSession[]
  readonly audit: readonly AuditEvent[]
  /** The passages whose request wrote or ended a session, in the store's order. */
  readonly writers: Passage[]
  send (passage: Passage, cookie: string | undefined): Promise<LightMyRequestResponse>
}

/** Builds an application whose handlers wait until the test lets them go on. */
export async function buildHistoryApp (kit: StoreKit): Promise<HistoryApp> {
  const ends: EndedSession[] = []
  const stopping: Array<() => void> = []
  const audit = listenToAudit({ after: stop => { stopping.push(stop) } })
  const passages = new Map<string, Passage>()
  const writers: Passage[] = []
  const current = new AsyncLocalStorage<Passage>()
  const steered = steeredKit(kit)
  const passageOf = ({ headers }: FastifyRequest): Passage | undefined => passages.get(String(headers['x-passage']))
  const { app, clock } = await buildApp({
    kit: steered,
    session: { secret: SECRET, cookie: { secure: false } },
    security: {
      expireAfter: EXPIRE_AFTER,
      absoluteTimeout: ABSOLUTE_TIMEOUT,
      onSessionEnd (ended) { ends.push(ended) }
    },
    before (app) {
      app.addHook('onRequest', (request, _reply, done) => {
        const passage = passageOf(request)
        if (passage === undefined) done()
        else current.run(passage, done)
      })
    },
    routes (app) {
      app.addHook('onClose', async () => { for (const stop of stopping.splice(0)) stop() })
      const handler = async (request: FastifyRequest): Promise<string> => {
        const passage = passageOf(request)
        if (passage === undefined) throw new Error('a request without a passage')
        passage.saw = request.session.user ?? null
        passage.entered.open()
        await passage.leave.opened
        await carryOut(passage, request)
        if (passage.saves) {
          await request.session?.save()
          passage.handle = request.sessionSecurity.handle
          passage.saved.open()
          await passage.answer.opened
        }
        return 'done'
      }
      app.post('/act', handler)
      app.post('/poll', { config: { sessionSecurity: { passive: true } } }, handler)
    }
  })
  const { store } = steered
  store.before = verb => {
    const passage = current.getStore()
    if (passage !== undefined && (verb === 'begin' || verb === 'end')) writers.push(passage)
    return undefined
  }
  return {
    app,
    clock,
    store,
    ends,
    audit,
    writers,
    send (passage, cookie) {
      const id = String(passages.size)
      passages.set(id, passage)
      return app.inject({
        method: 'POST',
        url: isPassive(passage.act) ? '/poll' : '/act',
        headers: { 'x-passage': id },
        ...(cookie === undefined ? {} : { cookies: { sessionId: cookie } })
      })
    }
  }
}

export function isPassive (act: Act): boolean {
  return act === 'poll' || act === 'poll that edits'
}

/** Counts edits, so that every edit changes something. */
let edits = 0

async function carryOut ({ act, user }: Passage, request: FastifyRequest): Promise<void> {
  const { session } = request
  switch (act) {
    case 'sign-in':
      session.user = user
      return
    case 'sign-in behind regenerate':
      await session.regenerate()
      request.session.user = user
      return
    case 'renew':
      if (session.user !== undefined) await session.regenerate(['user'])
      return
    case 'reauthenticate':
      if (session.user !== undefined) request.sessionSecurity.reauthenticated({ restart: true })
      return
    case 'destroy':
      await session.destroy()
      return
    case 'delete user':
      Reflect.deleteProperty(session, 'user')
      return
    case 'edit':
    case 'poll that edits':
      session.a = edits++
      return
    case 'wrong password':
      session.message = `Wrong name or password (${edits++})`
      break
    case 'page':
    case 'poll':
  }
}
