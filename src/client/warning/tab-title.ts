/** What is used of `document`. */
export interface Titled { title: string }

/**
 * Puts a text in front of the title of the tab, which is all that somebody sees of a tab behind another one. What the
 * page makes of its title meanwhile stands.
 */
export class TabTitle {
  readonly #document: Titled
  #own = ''
  /** What stood there after we wrote: browsers trim titles. */
  #written = ''
  #theirs = ''

  constructor (document: Titled) {
    this.#document = document
  }

  /** @param isAlone whether the page's own title must not be seen */
  show (text: string, isAlone = false): void {
    this.#read()
    this.#document.title = isAlone || this.#theirs === '' ? text : `${text} · ${this.#theirs}`
    this.#own = text
    this.#written = this.#document.title
  }

  restore (): void {
    this.#read()
    if (this.#own === '') return
    this.#document.title = this.#theirs
    this.#own = ''
  }

  #read (): void {
    const { title } = this.#document
    if (this.#own !== '' && title === this.#written) return
    const prefix = `${this.#own} · `
    // A page that adds a sign to its title adds it to ours.
    this.#theirs = this.#own !== '' && title.startsWith(prefix) ? title.slice(prefix.length) : title
  }
}
