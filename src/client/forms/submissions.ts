import { wasAnswered } from './arrival.ts'
import { listen } from '../listen.ts'
import { isConnected } from './dom.ts'
import type { Drafts } from './drafts.ts'
import type { Entry } from './entry.ts'
import { listenToFrameworks } from './frameworks.ts'
import type { DraftKeeper } from './draft-keeper.ts'
import type { LeaveQuestion } from './leave-question.ts'
import { actionOf, placeHere } from './place.ts'
import { submissionOf } from './submission.ts'
import type { IdleMonitor } from '../monitor/monitor-api.ts'

export interface SubmissionsOptions {
  readonly monitor: IdleMonitor
  readonly drafts: Drafts
  readonly signal: AbortSignal
  readonly isGuarded: (form: Element) => boolean
  readonly question: LeaveQuestion
  readonly keeper: () => DraftKeeper | undefined
  readonly onSettled: () => void
}

/** The longest wait for an answer, and the interval of looks for it, in milliseconds. */
const LONGEST_ANSWER_MS = 20_000
const LOOK_AGAIN_MS = 500

/** A `submit` event without a decision yet. */
interface Attempt {
  readonly event: Event
  /** The keys of the fields that held typed text then. The person may type on before the result is known. */
  readonly held: readonly string[]
}

/** Follows each form from the attempt to send it until it is saved. `submit` is an attempt, no more. */
export class Submissions {
  readonly #options: SubmissionsOptions
  readonly #attempts = new Map<Element, Attempt>()

  constructor (options: SubmissionsOptions) {
    this.#options = options
    const { signal, question } = options
    listen('submit', signal, event => this.#onSubmit(event))
    listen('formdata', signal, event => this.#onFormData(event))
    listen('reset', signal, event => this.#onReset(event))
    listenToFrameworks(signal, {
      onBegin: form => this.#withEntry(form, entry => { entry.isUnderWay = true }),
      onEnd: (form, isDone) => this.#withEntry(form, entry => {
        entry.isUnderWay = isDone
        if (isDone) this.#confirm(entry)
      }),
      mayLeave: () => question.mayLeave()
    })
  }

  /** Decides on all attempts at once. A person's keys may come before the timers. */
  settle (): void {
    for (const [form, { event }] of this.#attempts) {
      if (event.eventPhase === Event.NONE) this.#settle(form)
    }
  }

  /** Notes that `form.submit()` sends a form as the page leaves. It fires no `submit`. */
  left (entry: Entry): void {
    if (entry.form !== null) this.#handOver(entry, entry.form, null, false, this.#options.drafts.held(entry))
  }

  /** Notes that the page has confirmed a save. */
  confirmSaved (form?: Element | null): void {
    this.settle()
    const { drafts } = this.#options
    if (form != null) return this.#withEntry(form, entry => this.#saved(entry))
    for (const entry of [...drafts.entries]) {
      if (entry.isHere) this.#saved(entry)
    }
  }

  saved (entry: Entry): void {
    const { drafts, question } = this.#options
    entry.secrets.clear()
    const keeper = this.#options.keeper()
    if (keeper === undefined) drafts.apply(entry, { type: 'saved' })
    else keeper.saved(entry)
    question.update()
  }

  /** Notes that the page came back from the browser's memory. The sent values are still in its fields. */
  cameBack (): void {
    const { drafts, question } = this.#options
    for (const entry of [...drafts.entries]) {
      if (this.#options.keeper()?.isGone(entry) === true) drafts.drop(entry)
      else if (entry.draft.stage === 'sent') {
        drafts.apply(entry, { type: 'decided', stage: 'returned', place: placeHere() })
      }
    }
    question.update()
  }

  /**
   * Looks for forms that scripts have saved. Such a form is gone, the page shows another place, and the server has
   * answered with success.
   */
  check (): void {
    for (const entry of this.#options.drafts.entries) {
      const { form, draft, attemptedAtMs } = entry
      const isAway = form !== null && !isConnected(form) && !draft.places.includes(placeHere())
      const sinceMs = performance.now() - attemptedAtMs
      if (draft.stage !== 'attempted' || !isAway || sinceMs > LONGEST_ANSWER_MS) continue
      if (wasAnswered(attemptedAtMs)) this.#confirm(entry)
      else setTimeout(this.#options.onSettled, LOOK_AGAIN_MS) // The browser reports an answer when all of it has come.
    }
  }

  #onSubmit (event: Event): void {
    const form = event.target
    if (!(form instanceof HTMLFormElement) || !this.#options.isGuarded(form)) return
    const { drafts } = this.#options
    const entry = drafts.of(form)
    this.#attempts.set(form, { event, held: entry === undefined ? [] : drafts.held(entry) })
    if (entry !== undefined) entry.attemptedAtMs = performance.now()
    setTimeout(() => this.#settle(form))
  }

  /**
   * Decides on an attempt when the browser reads the form's data, after all listeners. Scripts may read it at any time.
   */
  #onFormData ({ target }: Event): void {
    if (!(target instanceof HTMLFormElement)) return
    const attempt = this.#attempts.get(target)
    if (attempt === undefined) this.#withEntry(target, entry => { entry.readAtMs = performance.now() })
    else if (attempt.event.eventPhase === Event.NONE) this.#settle(target)
  }

  #onReset (event: Event): void {
    const form = event.target
    if (!(form instanceof HTMLFormElement)) return
    setTimeout(() => this.#withEntry(form, entry => {
      if (event.defaultPrevented) return
      entry.secrets.clear()
      this.#options.drafts.drop(entry)
      this.#options.question.update()
    }))
  }

  #settle (form: Element): void {
    const attempt = this.#attempts.get(form)
    this.#attempts.delete(form)
    if (attempt === undefined) return
    const { event, held } = attempt
    const by: unknown = Reflect.get(event, 'submitter')
    const submitter = by instanceof Element ? by : null
    this.#withEntry(form, entry => this.#handOver(entry, form, submitter, event.defaultPrevented, held))
  }

  #handOver (
    entry: Entry, form: Element, submitter: Element | null, isScripts: boolean, held: readonly string[]
  ): void {
    const { drafts, question, onSettled } = this.#options
    const kind = isScripts ? 'script' : submissionOf(form, submitter)
    if (kind === 'page') {
      const action = actionOf(form, submitter)
      drafts.apply(entry, { type: 'sent', action, held, historyLength: history.length })
    } else drafts.apply(entry, { type: 'handedOver', to: kind === 'elsewhere' ? 'previewed' : 'attempted', held })
    if (kind === 'query') this.saved(entry)
    question.update()
    onSettled()
  }

  /**
   * Marks a form as saved, if the session is still the same. A sign-in page is an answer with success, too. Until the
   * server has said so, the library may leave for the address that the answer named.
   */
  #confirm (entry: Entry): void {
    const { monitor } = this.#options
    monitor.check().then(({ state }) => {
      entry.isUnderWay = false
      if (state !== 'ended' && monitor.tag === entry.draft.tag) this.#saved(entry)
    }, () => { entry.isUnderWay = false })
  }

  #saved (entry: Entry): void {
    const { drafts } = this.#options
    if (entry.draft.fields.every(({ sent }) => sent === undefined)) {
      const isGone = entry.form !== null && !isConnected(entry.form)
      const held = isGone ? entry.draft.fields.map(({ key }) => key) : drafts.held(entry)
      drafts.apply(entry, { type: 'handedOver', to: 'attempted', held })
    }
    this.saved(entry)
  }

  #withEntry (form: Element, act: (entry: Entry) => void): void {
    const entry = this.#options.drafts.of(form)
    if (entry !== undefined) act(entry)
  }
}
