import { closest, listen } from './dom.ts'
import type { Drafts } from './drafts.ts'
import type { Entry } from './entry.ts'

/**
 * Milliseconds after a person's act in which a script leaves the page for them. The act is a choice, or
 * `form.submit()`.
 */
const SAME_ACT_MS = 500

/** Matches links that another program handles. The browser asks all the same, and the page stays. */
const PROGRAMS = ['tel', 'sms', 'mailto'].map(scheme => `a[href^="${scheme}:" i]`).join()

export interface LeaveOptions {
  readonly drafts: Drafts
  readonly signal: AbortSignal
  /** The text of the question, in browsers without a text of their own. */
  readonly text: string
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
  /** The time at which a person telephoned, or wrote a mail, by a link. */
  #calledAtMs = -Infinity

  constructor (options: LeaveOptions) {
    this.#options = options
    listen(['pointerdown', 'keydown'], options.signal, () => { this.#actedAtMs = performance.now() })
    listen(['click'], options.signal, event => {
      const [target] = event.composedPath()
      if (target instanceof Element && closest(target, PROGRAMS) !== null) this.#calledAtMs = performance.now()
    })
    options.signal.addEventListener('abort', () => this.#listening?.abort())
  }

  /** Listens while there is something to ask about. Some browsers keep no page in memory that listens. */
  update (): void {
    const { drafts, signal } = this.#options
    const isDue = [...drafts.entries].some(entry => drafts.isUnsaved(entry))
    if (!isDue) {
      this.#listening?.abort()
      this.#listening = undefined
    } else if (this.#listening === undefined && !signal.aborted) {
      this.#listening = new AbortController()
      listen(['beforeunload'], this.#listening.signal, event => this.#onUnload(event))
    }
  }

  /** Asks when a library shows another page of the same document. The browser does not ask then. */
  mayLeave (): boolean {
    return !this.#isAsked() || confirm(this.#options.text)
  }

  #isAsked (): boolean {
    const { drafts, isOff } = this.#options
    const isLeft = ({ isUnderWay, choseAtMs, readAtMs }: Entry): boolean => {
      return isUnderWay || this.#isSameAct(choseAtMs) || this.#isSameAct(readAtMs)
    }
    return !isOff() && !this.#isSameAct(this.#calledAtMs) &&
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
