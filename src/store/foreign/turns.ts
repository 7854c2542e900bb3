/**
 * Runs the verbs that name one session in turn, in the order of the calls. A store that knows only ids reads and writes
 * a session whole: of two requests at once, one would undo the other's edit.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** The number of ids in use. */
  get size (): number {
    return this.#last.size
  }

  /**
   * Runs once all work is done that was called before for one of these ids. No two ever wait for each other, as a turn
   * is taken for all ids at once.
   */
  take<Result> (ids: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const before = ids.map(id => this.#last.get(id)).filter(turn => turn !== undefined)
    const result = before.length === 0 ? work() : Promise.all(before).then(work)
    const settled = result.then(() => {}, () => {}).then(() => {
      for (const id of ids) if (this.#last.get(id) === settled) this.#last.delete(id)
    })
    for (const id of ids) this.#last.set(id, settled)
    return result
  }
}
