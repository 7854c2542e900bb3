import { closest, listen } from './dom.ts'
import type { Drafts } from './drafts.ts'
import type { Entry } from './entry.ts'

/** How soon after a choice, or after `form.submit()`, a script of the page leaves it on the person's behalf. */
const SAME_ACT_MS = 500

/** Links that another program answers: the browser asks all the same, and the page stays. */
const PROGRAMS = ['tel', 'sms', 'mailto'].map(scheme => `a[href^="${scheme}:" i]`).join()

export interface LeaveOptions {
  readonly drafts: Drafts
  readonly signal: AbortSignal
  /** Shown by browsers that do not have a text of their own. */
  readonly text: string
  /** Whether nobody is asked now. */
  readonly isOff: () => boolean
  /** Told of a form that leaves with the page, sent by `form.submit()`. */
  readonly onLeave: (entry: Entry) => void
}

/** Asks before a page is left with what a person typed and nobody has sent. */
export class LeaveQuestion {
  readonly #options: LeaveOptions
  #listening: AbortController | undefined
  #actedAtMs = -Infinity
  /** When a person telephoned, or wrote a mail, by a link. */
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

  /** Listens while there is something to ask about: some browsers keep no page that listens for the way back. */
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

  /** Asks where the browser does not: when a library leaves for another page of the same document. */
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

  /** Whether somebody has done nothing else since. */
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
