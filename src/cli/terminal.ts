import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { printable, withoutPasswords } from './printable.ts'

/** A stream of a process, or one that a test reads. */
export type Output = Writable & { readonly isTTY?: boolean, readonly columns?: number | undefined }

/** Where a person types, or what a test writes to. */
export type Input = Readable & { readonly isTTY?: boolean }

/** Where commands write: results to one stream, everything else to the other. */
export class Terminal {
  readonly #out: Output
  readonly #err: Output
  readonly #input: () => Input | undefined
  #hasProgress = false

  /** @param input asked for only when somebody is to be asked: a stream that is looked at may hold the process */
  constructor (out: Output, err: Output, input: () => Input | undefined = () => undefined) {
    this.#out = out
    this.#err = err
    this.#input = input
    for (const stream of [out, err]) stream.on('error', () => { /* whoever waits for the write is told */ })
  }

  /** How wide a line may be. Whoever reads a pipe takes any. */
  get columns (): number {
    return this.#out.isTTY === true ? this.#out.columns ?? 80 : Infinity
  }

  /** Whether somebody watches who would like to know that it is still working. Results that scroll by say that themselves. */
  get isWatched (): boolean {
    return this.#err.isTTY === true && this.#out.isTTY !== true
  }

  /** Results, already made printable. Resolves when they are written. @throws when nobody reads them any more */
  async print (text: string): Promise<void> {
    await write(this.#out, text)
  }

  /** A line for the person who called. Never a password; never more than a line, except of a stack. */
  async tell (text: string): Promise<void> {
    this.#clearProgress()
    await write(this.#err, `${withoutPasswords(text).trimEnd().split('\n').map(printable).join('\n')}\n`)
  }

  /** A line that the next one takes the place of. `isAlone`: no results scroll by that would say the same. */
  progress (text: string, { isAlone = false }: { readonly isAlone?: boolean } = {}): void {
    if (isAlone ? this.#err.isTTY !== true : !this.isWatched) return
    this.#clearProgress()
    this.#err.write(text)
    this.#hasProgress = true
  }

  /** @returns what a person types; '' when they leave; `undefined` where nobody can be asked */
  async ask (question: string): Promise<string | undefined> {
    const input = this.#input()
    if (input?.isTTY !== true || this.#err.isTTY !== true) return undefined
    const lines = createInterface({ input, output: this.#err })
    try {
      const left = new Promise<string>(resolve => lines.once('close', () => resolve('')))
      lines.once('SIGINT', () => lines.close())
      return await Promise.race([lines.question(question), left])
    } finally {
      lines.close()
    }
  }

  /** Resolves when all that was printed before is on its way, whether or not anybody reads it. */
  async flush (): Promise<void> {
    this.#clearProgress()
    await Promise.allSettled([write(this.#out, ''), write(this.#err, '')])
  }

  #clearProgress (): void {
    if (this.#hasProgress) this.#err.write('\r\u001B[K')
    this.#hasProgress = false
  }
}

function write (stream: Output, text: string): Promise<void> {
  return new Promise((resolve, reject) => stream.write(text, error => error == null ? resolve() : reject(error)))
}
