import { observe } from '../observe.ts'

/** What is used of `document`. */
export interface Titled { title: string }

/** How soon after the last time the text is put back where the page took it away: the page may do the same. */
const PAUSE_MS = 200

/**
 * Puts a text into the title of the tab, which is all that a person sees of a tab behind another one. The text stands
 * in front, or where a page leaves it that makes its new title from the present one: so neither side's words come twice.
 * A text of ours that comes back later, from a title that the page had kept, is taken out again.
 */
export class TabTitle {
  readonly #document: Titled
  /** All that was ever put there. */
  readonly #texts = new Set<string>()
  /** The page's own title, before and after the place of the text. */
  #before = ''
  #after = ''
  #text: string | null = null
  #isAlone = false
  #writtenMs = 0
  readonly #stopWatching: () => void

  constructor (document: Titled & { readonly head?: Node | null }) {
    this.#document = document
    this.#stopWatching = observe(document.head, { childList: true, characterData: true, subtree: true }, () => {
      const isMissing = this.#find() === undefined
      if (this.#text === null ? isMissing : !isMissing || performance.now() < this.#writtenMs + PAUSE_MS) return
      this.#read()
      this.#write()
    })
  }

  /** @param isAlone whether the page's own title must not be seen */
  show (text: string, isAlone = false): void {
    this.#read()
    this.#text = text
    this.#isAlone = isAlone
    this.#write()
  }

  restore (): void {
    if (this.#text === null) return
    this.#read()
    this.#text = null
    this.#isAlone = false
    this.#write()
  }

  destroy (): void {
    this.restore()
    this.#stopWatching()
  }

  /** The text of ours in the title: the longest, since "2 seconds" stands in "42 seconds" too. */
  #find (): string | undefined {
    return [...this.#texts].filter(text => this.#document.title.includes(text)).sort((a, b) => b.length - a.length)[0]
  }

  #read (): void {
    const ours = this.#find()
    // What a page makes of a title that is ours alone says nothing of its own.
    if (this.#isAlone && ours !== undefined) return
    const { title } = this.#document
    const [before = '', ...rest] = ours === undefined ? ['', title] : title.split(ours)
    this.#before = before
    this.#after = rest.join('')
  }

  #write (): void {
    let title = this.#before + this.#after
    if (this.#text !== null) {
      const text = this.#isAlone || this.#after === '' ? this.#text : `${this.#text} · `
      this.#texts.add(text)
      title = this.#isAlone ? text : this.#before + text + this.#after
    }
    this.#writtenMs = performance.now()
    if (this.#document.title !== title) this.#document.title = title
  }
}
