import type { Clock } from '../core/clock.ts'
import { toMs } from '../core/clock.ts'
import type { EndsBy } from '../core/policy.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { LiveSession, SessionKey } from '../store/store.ts'
import type { EndSubscription } from '../store/watched.ts'
import { callBack } from '../thrown.ts'
import { ConnectionCheck } from './check.ts'
import type { ConnectionEnd } from './end.ts'
import type { Attachment, Held } from './registry.ts'
import type { Connection } from './target.ts'
import { connectionOf } from './target.ts'

/** The option `connections`: how attached sockets and streams are held to their sessions. */
export interface ConnectionsOptions {
  /**
   * The most seconds that a connection outlives its session, while the store answers. Above 0, at most 3600. Default 5.
   */
  readonly checkEvery?: number | undefined
  /** The seconds without an answer of the store after which connections close. 0 or more. Default 30. */
  readonly outageGrace?: number | undefined
}

const DEFAULT_CHECK_EVERY = 5
const DEFAULT_OUTAGE_GRACE = 30

/** The ms between two looks for connections to close, while the store does not answer. */
const GIVING_UP_MS = 250

export interface ConnectionsContext extends ConnectionsOptions {
  readonly store: ActivityStore
  readonly clock: Clock
  /**
   * Returns the reason for which a session is over that the store calls alive. The timeouts in force may be stricter
   * than those of its record.
   */
  readonly judge: (session: LiveSession) => EndsBy | null
  /** Logs an error that a target threw when it was to be closed. */
  readonly onFailure: (error: Error) => void
}

/**
 * The connections of one application. Checks their sessions every few seconds, and at once if the store reports an end.
 * An application without connections has no timer.
 */
export class Connections {
  readonly #context: ConnectionsContext
  readonly #check: ConnectionCheck
  readonly #checkEveryMs: number
  readonly #attachments = new WeakMap<object, Attachment>()
  readonly #known = new WeakMap<object, Connection>()
  /** The store's subscription. It begins with the first connection. */
  #subscription: EndSubscription | null = null
  #hasBegun = false
  /** The families whose end the store has reported, and that are to be checked. */
  #endedFamilies = new Set<SessionKey>()
  #timer: NodeJS.Timeout | undefined
  #lookedAtMs = -Infinity
  #isClosed = false

  constructor (context: ConnectionsContext) {
    const { checkEvery = DEFAULT_CHECK_EVERY, outageGrace = DEFAULT_OUTAGE_GRACE, store, clock, judge } = context
    this.#context = context
    this.#checkEveryMs = toMs(checkEvery)
    this.#check = new ConnectionCheck({
      clock,
      judge,
      outageGraceMs: toMs(outageGrace),
      watch: keys => store.watch(keys),
      close: (attachment, reason) => this.#close(attachment, reason),
      onFamily: (family, isThere) => this.#follow(family, isThere)
    })
  }

  /** The number of sessions that have connections. */
  get size (): number {
    return this.#check.registry.size
  }

  /**
   * Attaches a target to a session. Closes the target at once if the session does not live, or the store cannot tell.
   * @param openedAs the session whose cookie the caller presented, if that has been renewed since
   * @returns whether the target is attached to a live session
   * @throws {BadOptionError}
   */
  async attach (target: object, key: SessionKey, openedAs = key): Promise<boolean> {
    const { clock } = this.#context
    const connection = this.#meet(target)
    this.detach(target)
    if (!connection.isOpen) return false
    const attachment: Attachment = { target, connection, openedAs, held: null }
    if (this.#isClosed) {
      this.#close(attachment, 'unavailable')
      return false
    }
    this.#begin()
    const held = this.#check.registry.add(attachment, key, clock())
    this.#attachments.set(target, attachment)
    this.#start()
    await this.#check.check([held])
    // The store has not answered: a session that it has seen before may have connections, and no new one.
    if (attachment.held !== null && attachment.held.failures > 0) this.#close(attachment, 'unavailable')
    return attachment.held !== null
  }

  /** Detaches a target from its session, and leaves the target open. */
  detach (target: object): void {
    const attachment = this.#attachments.get(target)
    if (attachment !== undefined) this.#remove(attachment)
  }

  /** Checks all sessions if that is due, and gives up those without an answer. The timer calls it. */
  async tick (): Promise<void> {
    const nowMs = this.#context.clock()
    if (nowMs - this.#lookedAtMs >= this.#checkEveryMs) {
      this.#lookedAtMs = nowMs
      await this.#check.checkAll()
    }
    this.#check.giveUp()
  }

  /** Stops the timer and the subscription. Connections stay as they are. */
  close (): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#subscription?.close()
  }

  /** Returns the connection of a target. A target that is attached again and again gets one listener. */
  #meet (target: object): Connection {
    const known = this.#known.get(target)
    if (known !== undefined) return known
    const connection = connectionOf(target)
    this.#known.set(target, connection)
    connection.listen(() => this.detach(target))
    return connection
  }

  #begin (): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.#subscription = this.#context.store.subscribeToEnds(family => this.#onEnd(family))
  }

  #start (): void {
    if (this.#timer !== undefined || this.#isClosed) return
    this.#lookedAtMs = this.#context.clock()
    this.#wait(this.#checkEveryMs)
  }

  #wait (ms: number): void {
    this.#timer = setTimeout(() => {
      this.tick().finally(() => this.#goOn()).catch(() => { /* a tick never rejects */ })
    }, ms).unref()
  }

  /** Waits until the next check. The time counts from the beginning of the last one. */
  #goOn (): void {
    this.#timer = undefined
    if (this.#isClosed || this.size === 0) return
    const nextCheckMs = this.#lookedAtMs + this.#checkEveryMs - this.#context.clock()
    this.#wait(Math.max(0, this.#check.isGivingUp ? Math.min(GIVING_UP_MS, nextCheckMs) : nextCheckMs))
  }

  #follow (family: SessionKey, isThere: boolean): void {
    if (!isThere) return this.#subscription?.remove(family)
    this.#subscription?.add(family).then(isHeard => {
      if (isHeard) this.#onEnd(family)
    }, () => { /* the timer finds out */ })
  }

  /** Notes the end of a family. Ends from about the same time are checked together. */
  #onEnd (family: SessionKey): void {
    if (!this.#check.registry.hasFamily(family)) return
    if (this.#endedFamilies.size === 0) setImmediate(() => this.#checkEnded())
    this.#endedFamilies.add(family)
  }

  #checkEnded (): void {
    const families = this.#endedFamilies
    this.#endedFamilies = new Set()
    const held: Held[] = [...families].flatMap(family => this.#check.registry.ofFamily(family))
    if (!this.#isClosed) this.#check.check(held).catch(() => { /* it never rejects */ })
  }

  #close (attachment: Attachment, reason: ConnectionEnd): void {
    this.#remove(attachment)
    callBack(() => attachment.connection.close(reason), this.#context.onFailure)
  }

  #remove (attachment: Attachment): void {
    this.#check.registry.remove(attachment)
    if (this.#attachments.get(attachment.target) === attachment) this.#attachments.delete(attachment.target)
  }
}
