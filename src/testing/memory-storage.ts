/** The `sessionStorage` of a tab. */
export class MemoryStorage {
  readonly #items = new Map<string, string>()

  getItem (name: string): string | null {
    return this.#items.get(name) ?? null
  }

  setItem (name: string, value: string): void {
    this.#items.set(name, value)
  }

  removeItem (name: string): void {
    this.#items.delete(name)
  }
}
