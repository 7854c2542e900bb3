import fastifyCookie from '@fastify/cookie'
import type { SessionStore } from '@fastify/session'
import fastifySession from '@fastify/session'
import type { FastifyInstance, FastifyReply, FastifyRequest, LightMyRequestResponse } from 'fastify'
import Fastify from 'fastify'
import type { SessionOptions, UserOf } from '../../src/options/options.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import { fromSessionStore } from '../../src/store/from-session-store.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'

/** An application with sessions: @fastify/session alone, or this package around it. */
export interface Peer {
  readonly name: string
  /** Whether it can be given a store of @fastify/session. */
  readonly takesStore: boolean
  register (app: FastifyInstance, session: SessionOptions, store: SessionStore): Promise<void>
}

export const plainPeer: Peer = {
  name: '@fastify/session',
  takesStore: true,
  async register (app, session, store) {
    await app.register(fastifyCookie)
    await app.register(fastifySession, { ...session, store, saveUninitialized: false })
  }
}

export const pairPeers: readonly Peer[] = [
  pairOn('MemoryStore', false, () => new MemoryStore()),
  pairOn('fromSessionStore(store)', true, fromSessionStore)
]

function pairOn (name: string, takesStore: boolean, open: (store: SessionStore) => ActivityStore): Peer {
  return {
    name,
    takesStore,
    async register (app, session, store) {
      const userOf: UserOf = ({ user }) => user
      await app.register(sessionSecurity, { session, store: open(store), sweep: false, userOf })
    }
  }
}

export type Act = (request: FastifyRequest, reply: FastifyReply, app: FastifyInstance) => unknown

/** One request of a sequence. */
export interface Step {
  /** The beginning of the address, before the name of the act. */
  readonly under?: string
  readonly act: string
  readonly https?: boolean
  /** Default: that which a browser would send. `null`: none. `first`: the first one that came. Else: as it stands. */
  readonly cookie?: string | null
  /** Milliseconds to wait before it. */
  readonly after?: number
}

export interface Sequence {
  readonly name: string
  readonly session?: Partial<SessionOptions>
  /** The store behind @fastify/session and `fromSessionStore()`. Default: a MemoryStore of @fastify/session. */
  readonly store?: () => SessionStore
  readonly steps: ReadonlyArray<string | Step>
}

/** Returns what a client sees of an answer, with names instead of ids. */
export interface Seen {
  readonly status: number
  readonly body: string
  readonly cookie: string
}

export const SECRET = 'a secret that is long enough for a test'

/** Sends the requests of a sequence, one after the other, from one browser. */
export async function play (peer: Peer, sequence: Sequence, acts: Readonly<Record<string, Act>>): Promise<Seen[]> {
  const { session, store, steps } = sequence
  const app = Fastify({ trustProxy: true, routerOptions: { ignoreTrailingSlash: false } })
  // @fastify/session writes no SameSite by itself, and this package writes Lax.
  const cookie = { secure: false, sameSite: false, ...session?.cookie }
  const options = { secret: SECRET, rolling: false, ...session, cookie }
  await peer.register(app, options, store?.() ?? new fastifySession.MemoryStore())
  for (const [name, act] of Object.entries(acts)) {
    for (const folder of ['', '/admin', '/administration']) {
      app.get(`${folder}/${name}`, async (request, reply) => await act(request, reply, app))
    }
  }
  await app.ready()
  const { cookieName = 'sessionId' } = options
  const names = new Names()
  const given: string[] = []
  let jar: string | null = null
  const seen: Seen[] = []
  for (const step of steps) {
    const { act, under = '', https = false, cookie, after } = typeof step === 'string' ? { act: step } as Step : step
    if (after !== undefined) await new Promise(resolve => setTimeout(resolve, after))
    const sent: string | null = cookie === undefined ? jar : cookie === 'first' ? given[0] ?? null : cookie
    const response: LightMyRequestResponse = await app.inject({
      url: `${under}/${act}`,
      headers: {
        ...(sent === null ? {} : { cookie: `${cookieName}=${sent}` }),
        ...(https ? { 'x-forwarded-proto': 'https' } : {})
      }
    })
    const lines = [response.headers['set-cookie'] ?? []].flat()
    const cookies = lines.map(line => names.hide(withAge(line))).join(' & ')
    seen.push({ status: response.statusCode, body: names.hide(bodyOf(response)), cookie: cookies })
    for (const line of lines) {
      const [, value = ''] = /^[^=]*=([^;]*)/.exec(line) ?? []
      jar = value === '' ? null : value
      if (value !== '') given.push(value)
    }
  }
  await app.close()
  return seen
}

/** Errors without what Fastify adds to them. */
function bodyOf ({ statusCode, body }: { readonly statusCode: number, readonly body: string }): string {
  if (statusCode < 400) return body
  const { code = 'no code', message } = JSON.parse(body) as { code?: string, message: string }
  return `${code}: ${message}`
}

/** Replaces a date by the seconds from now. Half a minute more or less is from the test. */
function withAge (line: string): string {
  return line.replace(/Expires=([^;]+)/, (_whole, date: string) => {
    const seconds = (Date.parse(date) - Date.now()) / 1000
    return seconds < -1e6 ? 'Expires=past' : `Expires in ${Math.round(seconds / 60)} min`
  })
}

/** Names session ids by their order, since they differ from run to run. */
class Names {
  readonly #known: string[] = []

  hide (text: string): string {
    const ids = /(?<![\w-])(?!FST_)([\w-]{32})(?![\w-])(\.[\w%+/=-]{20,})?/g
    return text.replace(ids, (_whole, id: string, signature?: string) => {
      if (!this.#known.includes(id)) this.#known.push(id)
      return `id${this.#known.indexOf(id) + 1}${signature === undefined ? '' : '.signed'}`
    })
  }
}
