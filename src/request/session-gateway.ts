import type { Session } from 'fastify'
import { stateOf, tighten } from '../core/policy.ts'
import { LaterVersionError } from '../errors.ts'
import type { SecurityPolicy } from '../options/options.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import { COOKIE_KEY, RECORD_KEY, deserialize } from '../store/contents.ts'
import type { StoreLog } from '../store/store-log.ts'
import type { EndedSession, Loaded, SessionNames } from '../store/store.ts'
import { liveSession } from '../store/live-session.ts'
import { callBack } from '../thrown.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import { boundTo } from './binding.ts'
import { saveOutside } from './outside-save.ts'
import { timeoutsInForce } from './request-policy.ts'
import { saveSession } from './save-session.ts'
import { decodeAge } from './session-cookie.ts'
import { SessionLink } from './session-link.ts'
import type { Gateway, Restored, SessionValues } from './shared.ts'
import { signOut } from './sign-out.ts'

type Callback<Result> = (error: unknown, result?: Result) => unknown

/**
 * The store that @fastify/session gets, and that `request.sessionStore` shows.
 *
 * The plugin loads before @fastify/session does, so that load and activity take one round trip. It hands the answer
 * over by the session's id, in the same tick.
 */
export class SessionGateway implements Gateway {
  readonly #policy: SecurityPolicy
  readonly #store: ActivityStore
  readonly #log: StoreLog
  readonly #onEnded: (ended: readonly EndedSession[]) => void
  #handed: { readonly id: string, readonly values: SessionValues } | null = null

  constructor (policy: SecurityPolicy, log: StoreLog, onEnded: (ended: readonly EndedSession[]) => void) {
    this.#policy = policy
    this.#store = policy.store
    this.#log = log
    this.#onEnded = onEnded
  }

  hand (id: string, values: SessionValues, run: () => void): void {
    this.#handed = { id, values }
    try {
      run()
    } finally {
      this.#handed = null
    }
  }

  clear (): void {
    this.#handed = null
  }

  /** Gives the live session or `null`, and an error if a later version keeps it. It records no activity. */
  get (sessionId: string, callback: Callback<Session | null>): void {
    const handed = this.#handed
    if (handed?.id === sessionId) {
      this.#handed = null
      callback(null, handed.values as unknown as Session | null)
      return
    }
    this.#answer(this.#load(sessionId), callback)
  }

  /**
   * Saves a session object through the gate of every save. Plain values change only contents.
   *
   * @throws {OutsideSaveError}
   */
  set (sessionId: string, session: Session, callback: Callback<void> = ignore): void {
    const binding = boundTo(session)
    const saving = binding === undefined
      ? saveOutside(sessionId, session, this.#policy)
      : saveSession(session as SessionObject, binding, 'call')
    this.#answer(saving, callback)
  }

  /** Signs out. */
  destroy (sessionId: string, callback: Callback<void> = ignore): void {
    this.#answer(signOut(this.#store, this.#store.keyOf(sessionId), this.#onEnded), callback)
  }

  restore (names: SessionNames, loaded: Loaded): Restored | null {
    if (loaded.state !== 'live') return null
    const values = deserialize(loaded.contents)
    if (values === null) {
      this.#store.reportUnreadable(names.handle)
      return null
    }
    const { record, user, device, nowMs, contents } = loaded
    const link = new SessionLink(names, contents, liveSession(record, user, device, nowMs), this.#store.clock(), values)
    return { link, values: handedOver(values, link) }
  }

  /**
   * Tells whether the deadline by the present configuration has passed.
   *
   * The store has judged by the deadline of the record only.
   */
  #isOver ({ record, nowMs }: SessionLink): boolean {
    if (!record.isAuthenticated) return false
    return stateOf(tighten(record, timeoutsInForce(this.#policy, record)), nowMs).state === 'ended'
  }

  /**
   * Answers a callback once, on a clean stack. It logs an error that the callback throws, which would end the process.
   */
  #answer<Result> (promise: Promise<Result>, callback: Callback<Result>): void {
    const call = (error: unknown, result?: Result): void => callBack(() => callback(error, result), err => {
      this.#log.error({ err }, 'a callback of the session store threw')
    })
    promise.then(result => process.nextTick(call, null, result), (error: unknown) => process.nextTick(call, error))
  }

  async #load (sessionId: string): Promise<Session | null> {
    const names = this.#store.namesOf(sessionId)
    const loaded = await this.#store.load(names.key, null)
    if (loaded.state === 'later') throw new LaterVersionError()
    const restored = this.restore(names, loaded)
    if (restored === null || this.#isOver(restored.link)) return null
    restored.link.putInto(restored.values)
    return restored.values as unknown as Session
  }
}

/**
 * Returns the values that the constructor of a session needs. The contents follow later: the constructor would
 * serialise and hash them all for nothing.
 */
function handedOver (values: Readonly<Record<string, unknown>>, link: SessionLink): Record<string, unknown> {
  const age = COOKIE_KEY in values ? decodeAge(values[COOKIE_KEY]) : undefined
  return age === undefined ? { [RECORD_KEY]: link } : { [COOKIE_KEY]: age, [RECORD_KEY]: link }
}

function ignore (): void {}
