import { native } from '../elements.ts'
import { observe } from '../observe.ts'

/** The part of `document` that the class uses. */
export interface Titled { title: string }

/** Milliseconds before the text is put back that the page took away. The page may do the same. */
const PAUSE_MS = 200

/**
 * Puts a text into the title of the tab. It is all that a person sees of a tab behind another one. The text stands in
 * front of the page's title. If a page makes its new title from the present one, the text stays in the page's order, so
 * that no words come twice. If a text comes back later, from a title that the page kept, the class removes it.
 */
export class TabTitle {
  readonly #document: Titled
  /** All texts that the class has put into a title. */
  readonly #texts = new Set<string>()
  /** The page's own title, before and after the text. */
  #before = ''
  #after = ''
  #text: string | null = null
  #isAlone = false
  #writtenMs = 0
  readonly #stopWatching: () => void

  constructor (document: Titled & { readonly head?: Node | null }) {
    this.#document = native(document)
    this.#stopWatching = observe(native(document).head, { childList: true, characterData: true, subtree: true }, () => {
      const isMissing = this.#find() === undefined
      if (this.#text === null ? isMissing : !isMissing || performance.now() < this.#writtenMs + PAUSE_MS) return
      this.#read()
      this.#write()
    })
  }

  /**
   * Shows a text in the title; null for none.
   *
   * @param isAlone whether the page's own title must not be seen
   */
  show (text: string | null, isAlone = false): void {
    this.#read()
    this.#text = text
    this.#isAlone = isAlone
    this.#write()
  }

  restore (): void {
    if (this.#text !== null) this.show(null)
  }

  destroy (): void {
    this.restore()
    this.#stopWatching()
  }

  /** Returns the client's text in the title. The longest counts, since "2 seconds" is part of "42 seconds". */
  #find (): string | undefined {
    return [...this.#texts].filter(text => this.#document.title.includes(text)).sort((a, b) => b.length - a.length)[0]
  }

  #read (): void {
    const ours = this.#find()
    // A page may derive its title from a text that stood there alone. That is no title of its own.
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
