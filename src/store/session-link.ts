import type { Terms } from '../core/policy.ts'
import { touchRecord } from '../core/policy.ts'
import type { SessionRecord, SessionStamp } from '../core/record.ts'
import type { Contents } from './contents.ts'
import { RECORD_KEY, isAsLoaded } from './contents.ts'
import type { Handle } from './handle.ts'
import type { Fate, Touched } from './store.ts'
import { liveFate } from './store.ts'

declare module 'fastify' {
  interface Session {
    /** When this session began, its last activity, and its terms. Kept by fastify-session-security. */
    _session_security?: SessionStamp
  }
}

/**
 * What ties `request.session` to the session in the store: put there by the store under `_session_security`, and
 * found there again when @fastify/session saves, because it copies top-level values by reference. It knows what
 * was loaded, so that a save can tell *update if alive* from *create*, and what changed from what did not.
 */
export class SessionLink implements SessionStamp {
  readonly handle: Handle
  #contents: Contents
  #values: Readonly<Record<string, unknown>>
  #record: SessionRecord | undefined
  #fate: Fate
  #seenAtMs: number

  /** `values`: what was made of the contents, if it is still at hand. */
  constructor (handle: Handle, contents: Contents, fate: Fate, seenAtMs: number, values: Readonly<Record<string, unknown>> = {}) {
    this.handle = handle
    this.#contents = contents
    this.#values = values
    this.#fate = fate
    this.#seenAtMs = seenAtMs
    this.#record = fate.state === 'live' ? fate.record : undefined
  }

  /** What the store holds, as far as this request knows. */
  get contents (): Contents { return this.#contents }

  /** The last word of the store about this session. */
  get fate (): Fate { return this.#fate }

  /** When that came, by this node's clock. */
  get seenAtMs (): number { return this.#seenAtMs }

  /** Absent only when the very first write of the session was refused. */
  get record (): SessionRecord | undefined { return this.#record }

  get isProtected (): boolean { return this.#record?.protected === true }

  get startedAtMs (): number | undefined { return this.#record?.startedAtMs }
  get lastActivityMs (): number | undefined { return this.#record?.lastActivityMs }
  get warnAfter (): number | undefined { return this.#record?.warnAfter }
  get expireAfter (): number | undefined { return this.#record?.expireAfter }
  get absoluteTimeout (): number | false | undefined { return this.#record?.absoluteTimeout }

  /** Whether the session holds what the store does, as far as this request knows. @throws {NotSerializableError} */
  isAsLoaded (session: object): boolean {
    return isAsLoaded(session, this.#contents, this.#values)
  }

  /** Takes in what the store says. An end is final: an older answer that comes late does not undo it. */
  learned (fate: Fate, seenAtMs: number): void {
    if (this.#fate.state !== 'live' && fate.state === 'live') return
    this.#fate = fate
    this.#seenAtMs = seenAtMs
    if (fate.state === 'live') this.#record = fate.record
  }

  /** Shows at once what a touch that is under way will make of the record, to the handler beside it. */
  anticipate (activityMs: number, terms?: Terms): void {
    if (this.#fate.state !== 'live' || !this.#fate.record.protected) return
    const { record, user, origin, nowMs } = this.#fate
    this.learned(liveFate(touchRecord(record, activityMs, Infinity, terms), user, origin, nowMs), this.#seenAtMs)
  }

  /** Takes in what became of an activity. What else others changed meanwhile is for {@link learned}. */
  touched (touched: Touched, terms: Terms | undefined, seenAtMs: number): void {
    if (touched.state !== 'touched') return this.learned(touched, seenAtMs)
    if (this.#fate.state !== 'live') return
    const { record, user, origin } = this.#fate
    const { lastActivityMs, nowMs } = touched
    this.learned(liveFate(touchRecord(record, lastActivityMs, nowMs, terms), user, origin, nowMs), seenAtMs)
  }

  saved (contents: Contents, fate: Fate, seenAtMs: number): void {
    this.#contents = contents
    this.#values = {}
    this.learned(fate, seenAtMs)
  }

  /**
   * Hidden from JSON: @fastify/session finds out whether a session was modified by hashing its JSON, and a stamp
   * that shows there would turn every request into a full write.
   */
  toJSON (): undefined {}
}

export function linkOf (session: object | null): SessionLink | undefined {
  const value: unknown = session === null ? undefined : Reflect.get(session, RECORD_KEY)
  return value instanceof SessionLink ? value : undefined
}
