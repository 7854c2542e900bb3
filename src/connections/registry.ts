import type { SessionKey } from '../store/store.ts'
import type { Connection } from './target.ts'

/** One target that is attached to a session. */
export interface Attachment {
  readonly target: object
  readonly connection: Connection
  /** The session whose cookie the request presented that attached it. */
  readonly openedAs: SessionKey
  held: Held | null
}

/** A session with connections. */
export interface Held {
  readonly key: SessionKey
  /** The root of its family. `undefined` before the store has named it, or if the store knows no families. */
  family: SessionKey | undefined
  /** The moment by this node's clock at which a check began that the store answered. */
  seenAtMs: number
  /** The number of checks in a row that the store did not answer. */
  failures: number
  readonly attachments: Set<Attachment>
}

/** All sessions with connections of one application, by key and by family. */
export class Registry {
  readonly #held = new Map<SessionKey, Held>()
  readonly #families = new Map<SessionKey, Set<Held>>()
  readonly #onFamily: (family: SessionKey, isThere: boolean) => void

  /** @param onFamily called when the first session of a family is added, and when the last one is removed */
  constructor (onFamily: (family: SessionKey, isThere: boolean) => void) {
    this.#onFamily = onFamily
  }

  get size (): number {
    return this.#held.size
  }

  all (): Held[] {
    return [...this.#held.values()]
  }

  ofFamily (family: SessionKey): Held[] {
    return [...this.#families.get(family) ?? []]
  }

  hasFamily (family: SessionKey): boolean {
    return this.#families.has(family)
  }

  /** Whether the registry still has this very object. */
  has (held: Held): boolean {
    return this.#held.get(held.key) === held
  }

  add (attachment: Attachment, key: SessionKey, nowMs: number): Held {
    const held = this.#at(key, nowMs)
    held.attachments.add(attachment)
    attachment.held = held
    return held
  }

  remove (attachment: Attachment): void {
    const { held } = attachment
    if (held === null) return
    attachment.held = null
    held.attachments.delete(attachment)
    if (held.attachments.size > 0) return
    this.#held.delete(held.key)
    this.setFamily(held, undefined)
  }

  /** Moves the connections of a renewed session to its successor, which may have some already. */
  move (held: Held, key: SessionKey, nowMs: number): Held {
    const next = this.#at(key, nowMs)
    const { family } = held
    if (next.family === undefined) this.setFamily(next, family) // first: they stay in a family that both have
    for (const attachment of [...held.attachments]) {
      this.remove(attachment)
      next.attachments.add(attachment)
      attachment.held = next
    }
    return next
  }

  setFamily (held: Held, family: SessionKey | undefined): void {
    const before = held.family
    if (before === family) return
    held.family = family
    if (family !== undefined) this.#join(held, family)
    if (before !== undefined) this.#leave(held, before)
  }

  #join (held: Held, family: SessionKey): void {
    const members = this.#families.get(family)
    if (members !== undefined) {
      members.add(held)
      return
    }
    this.#families.set(family, new Set([held]))
    this.#onFamily(family, true)
  }

  #leave (held: Held, family: SessionKey): void {
    const members = this.#families.get(family)
    members?.delete(held)
    if (members?.size !== 0) return
    this.#families.delete(family)
    this.#onFamily(family, false)
  }

  #at (key: SessionKey, nowMs: number): Held {
    const known = this.#held.get(key)
    if (known !== undefined) return known
    const held: Held = { key, family: undefined, seenAtMs: nowMs, failures: 0, attachments: new Set() }
    this.#held.set(key, held)
    return held
  }
}
