import { ANSWERS, statusOf } from '../library-events.ts'
import { listen } from '../listen.ts'
import { closest } from './dom.ts'
import type { Drafts } from './drafts.ts'
import type { Entry } from './entry.ts'

/**
 * Milliseconds after a person's act in which a script leaves the page for them. The act is a choice, or
 * `form.submit()`.
 */
const SAME_ACT_MS = 500

/** Matches links that another program handles. The browser asks all the same, and the page stays. */
const PROGRAMS = ['tel', 'sms', 'mailto'].map(scheme => `a[href^="${scheme}:" i]`).join()

/** The events by which Turbo, htmx 2 and htmx 4 begin to send a form. */
const SENDS = 'htmx:beforeRequest htmx:before:request turbo:submit-start'

export interface LeaveOptions {
  readonly drafts: Drafts
  readonly signal: AbortSignal
  /** The text of the question, in browsers without a text of their own. */
  readonly text: string
  /** Selects the forms and links that sign out. */
  readonly signOut: string
  /** Checks whether to ask nobody now. */
  readonly isOff: () => boolean
  /** Runs for a form that `form.submit()` sent as the page leaves. */
  readonly onLeave: (entry: Entry) => void
}

/** Asks before a page is left with typed text that nobody has sent. */
export class LeaveQuestion {
  readonly #options: LeaveOptions
  #listening: AbortController | undefined
  #actedAtMs = -Infinity
  /** The time of a way that loses no text. It is a link to a telephone or a mail, or a guard's answer. */
  #freeAtMs = -Infinity
  /** The time at which a person agreed to leave. The library may have the browser load the next page. */
  #agreedAtMs = -Infinity
  /** The person's last act, if it was to sign out. A script of the page may prevent it. */
  #signOut: Event | undefined

  constructor (options: LeaveOptions) {
    this.#options = options
    listen('pointerdown keydown', options.signal, () => {
      this.#actedAtMs = performance.now()
      this.#signOut = undefined
    })
    listen(`${SENDS} submit click`, options.signal, event => this.#noteWay(event))
    listen(ANSWERS, options.signal, event => { if (statusOf(event) === 401) this.#freeAtMs = performance.now() })
    options.signal.addEventListener('abort', () => this.#listening?.abort())
  }

  /** Listens while there is something to ask about. Some browsers keep no page in memory that listens. */
  update (): void {
    const { drafts, signal } = this.#options
    const isNeeded = [...drafts.entries].some(entry => drafts.isUnsaved(entry))
    if (!isNeeded) {
      this.#listening?.abort()
      this.#listening = undefined
    } else if (this.#listening === undefined && !signal.aborted) {
      this.#listening = new AbortController()
      listen('beforeunload', this.#listening.signal, event => this.#onUnload(event))
    }
  }

  /** Asks when a library shows another page of the same document. The browser does not ask then. */
  mayLeave (): boolean {
    const isFree = !this.#isAsked() || confirm(this.#options.text)
    if (isFree) this.#agreedAtMs = performance.now()
    return isFree
  }

  /** Notes that the person telephones, writes a mail or signs out. */
  #noteWay (event: Event): void {
    const [target] = event.composedPath()
    if (!(target instanceof Element)) return
    const { type } = event
    if (type === 'click' && closest(target, PROGRAMS) !== null) this.#freeAtMs = performance.now()
    const way = closest(target, this.#options.signOut)
    // A click into a form that signs out is no sign-out yet.
    if (way !== null && (type !== 'click' || !(way instanceof HTMLFormElement))) this.#signOut = event
  }

  #isAsked (): boolean {
    const { drafts, isOff } = this.#options
    const isLeft = ({ isUnderWay, choseAtMs, readAtMs }: Entry): boolean => {
      return isUnderWay || this.#isSameAct(choseAtMs) || this.#isSameAct(readAtMs)
    }
    const isSigningOut = this.#signOut !== undefined && !this.#signOut.defaultPrevented
    return !isOff() && !isSigningOut && this.#agreedAtMs <= this.#actedAtMs && !this.#isSameAct(this.#freeAtMs) &&
      [...drafts.entries].some(entry => !isLeft(entry) && drafts.isUnsaved(entry))
  }

  /** Checks whether the person has done nothing else since. */
  #isSameAct (atMs: number): boolean {
    return atMs >= this.#actedAtMs && performance.now() - atMs <= SAME_ACT_MS
  }

  #onUnload (event: Event): void {
    const { drafts, onLeave, text } = this.#options
    for (const entry of drafts.entries) {
      if (this.#isSameAct(entry.readAtMs)) onLeave(entry)
    }
    if (!this.#isAsked()) return
    event.preventDefault()
    Reflect.set(event, 'returnValue', text)
  }
}
