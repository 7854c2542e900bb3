import { element } from '../element.ts'
import { REGION_DELAY_MS } from './delays.ts'
import { markMade } from './dom.ts'
import { listen } from '../listen.ts'
import type { Locale } from '../locales/locale.ts'
import { counted } from '../locales/phrases.ts'

/** A text that is not back in its field, to be read and copied. */
export interface Left {
  readonly label: string
  readonly text: string
}

/** The least time that a result stays when the person goes on, in milliseconds. */
const READ_MS = 1000

/** The most lines of a text that are shown at once. */
const MOST_ROWS = 8

let count = 0

export interface OfferOptions {
  readonly locale: Locale
  /** The text of the offer. */
  readonly text: string
  readonly fields: number
  readonly typedAtMs: number
  readonly onRestore: () => void
  readonly onDiscard: () => void
  readonly whenReleased: (run: () => void) => void
}

/**
 * Offers in front of a form what a person typed into it. It takes no focus, since a screen reader must not begin a new
 * page in its middle. It moves nothing while a person presses a button.
 */
export class DraftOffer {
  readonly region = element('section', 'draft')
  readonly #text = element('p', 'text', { role: 'status', tabindex: '-1', id: `session-security-draft-${++count}` })
  readonly #detail = element('p', 'detail')
  readonly #left = element('div', 'left')
  readonly #buttons = element('div', 'answers')
  readonly #options: OfferOptions
  readonly #gone = new AbortController()

  constructor (options: OfferOptions) {
    this.#options = options
    const { locale, text, fields, typedAtMs } = options
    const attributes = { lang: locale.lang, dir: locale.dir, 'aria-labelledby': this.#text.id }
    for (const [name, value] of Object.entries(attributes)) this.region.setAttribute(name, value)
    this.#detail.textContent = detailText(locale, fields, typedAtMs)
    markMade(this.region)
    this.region.append(this.#text, this.#detail, this.#left, this.#buttons)
    this.#say(text)
    // Writes the text of that moment again for screen readers: the person may have pressed a button. Nothing moves.
    setTimeout(() => this.#say(this.#text.textContent), REGION_DELAY_MS)
    this.#offer()
  }

  /** Says what was brought back, and shows the rest. */
  result (text: string, left: readonly Left[]): void {
    this.#options.whenReleased(() => {
      const { locale, onDiscard } = this.#options
      this.#say(text)
      this.#left.replaceChildren(...left.flatMap(({ label, text }) => {
        const rows = String(Math.min(MOST_ROWS, text.split('\n').length))
        const area = element('textarea', 'copy', { readonly: '', dir: 'auto', 'aria-label': label, rows })
        area.value = text
        return [element('p', 'label', { 'aria-hidden': 'true' }, label), area]
      }))
      if (left.length === 0) return this.#done()
      this.#show([[locale.discard, true, () => this.#ask(onDiscard, () => this.result(text, left))]])
    })
  }

  withdraw (): void {
    this.#gone.abort()
    this.#options.whenReleased(() => this.region.remove())
  }

  #offer (): void {
    const { locale, onRestore, onDiscard } = this.#options
    this.#show([
      [locale.restore, false, () => {
        this.#hold()
        this.#show([])
        onRestore()
      }],
      [locale.discard, true, () => this.#ask(onDiscard, () => {
        this.#say(this.#options.text)
        this.#offer()
        this.#text.focus()
      })]
    ])
  }

  /** Asks once more, with "keep" under the finger. */
  #ask (onDiscard: () => void, onKeep: () => void): void {
    const { locale } = this.#options
    this.#hold()
    this.#say(locale.discardSure)
    this.#show([
      [locale.discard, false, () => {
        onDiscard()
        this.#left.replaceChildren()
        this.#say(locale.discarded)
        this.#done()
      }],
      [locale.keep, true, onKeep]
    ])
  }

  #show (buttons: ReadonlyArray<readonly [label: string, isQuiet: boolean, act: () => void]>): void {
    const had = this.region.matches(':focus-within')
    this.#buttons.replaceChildren(...buttons.map(([label, isQuiet, act]) => {
      const button = element('button', isQuiet ? 'button session-security-quiet' : 'button', { type: 'button' }, label)
      // The second click of a double click is not an answer to the new question.
      button.addEventListener('click', ({ detail }) => { if (detail < 2) act() })
      return button
    }))
    // The focused button goes. The focus stays in this place, where a screen reader reads the result.
    if (had) this.#text.focus()
  }

  #say (text: string): void {
    this.#text.textContent = text
  }

  /** Fixes the height, so that the page below stays in place. */
  #hold (): void {
    this.region.style.minBlockSize = `${this.region.offsetHeight}px`
  }

  /**
   * Removes the offer when the person closes it, or types elsewhere. By then nobody aims with a pointer at what would
   * move.
   */
  #done (): void {
    this.#show([[this.#options.locale.close, true, () => this.withdraw()]])
    const { signal } = this.#gone
    const doneAtMs = performance.now()
    listen('keydown input', signal, event => {
      const isElsewhere = !event.composedPath().includes(this.region) && !this.region.matches(':focus-within, :hover')
      if (!event.isTrusted || !isElsewhere) return
      setTimeout(() => this.withdraw(), Math.max(0, doneAtMs + READ_MS - performance.now()))
    })
  }
}

/** Returns "3 fields, 14:32", or the number alone if the browser lacks parts of `Intl`. */
function detailText (locale: Locale, fields: number, typedAtMs: number): string {
  const at = new Date(typedAtMs)
  const isToday = at.toDateString() === new Date().toDateString()
  const style: Intl.DateTimeFormatOptions = { timeStyle: 'short', ...(isToday ? {} : { dateStyle: 'medium' }) }
  const parts = [counted(locale, fields, locale.field)]
  try {
    parts.push(new Intl.DateTimeFormat(locale.lang, style).format(at))
    return new Intl.ListFormat(locale.lang, { type: 'unit', style: 'short' }).format(parts)
  } catch {
    return parts.join(', ')
  }
}
