import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { printable, withoutPasswords } from './printable.ts'

/** A stream of a process, or one that a test reads. */
export type Output = Writable & { readonly isTTY?: boolean, readonly columns?: number | undefined }

/** A stream that a person types into, or that a test writes to. */
export type Input = Readable & { readonly isTTY?: boolean }

const DEFAULT_COLUMNS = 80

/** Writes results to one stream, and messages to the other. */
export class Terminal {
  readonly #out: Output
  readonly #err: Output
  readonly #input: () => Input | undefined
  #hasProgress = false

  /** @param input returns the stream for answers; called only for a question, since the stream may hold the process */
  constructor (out: Output, err: Output, input: () => Input | undefined = () => undefined) {
    this.#out = out
    this.#err = err
    this.#input = input
    for (const stream of [out, err]) stream.on('error', () => { /* the promise of the write is rejected */ })
  }

  /** The width of a line. A pipe takes any. */
  get columns (): number {
    return this.#out.isTTY === true ? this.#out.columns ?? DEFAULT_COLUMNS : Infinity
  }

  /** Whether progress is shown: a person watches, and no results scroll by. */
  get isWatched (): boolean {
    return this.#err.isTTY === true && this.#out.isTTY !== true
  }

  /**
   * Writes results, which the caller has made printable.
   *
   * @throws when the reader has closed the stream
   */
  async print (text: string): Promise<void> {
    await write(this.#out, text)
  }

  /** Writes a message for the operator, without passwords. Each line of it is made printable. */
  async say (text: string): Promise<void> {
    this.#clearProgress()
    await write(this.#err, `${withoutPasswords(text).trimEnd().split('\n').map(printable).join('\n')}\n`)
  }

  /**
   * Shows a line that the next message replaces.
   *
   * @param options.isAlone the command prints no results meanwhile, so that a terminal for results does not matter
   */
  progress (text: string, { isAlone = false }: { readonly isAlone?: boolean } = {}): void {
    if (isAlone ? this.#err.isTTY !== true : !this.isWatched) return
    this.#clearProgress()
    this.#err.write(text)
    this.#hasProgress = true
  }

  /** @returns the answer; '' when the person leaves; `undefined` without a terminal */
  async ask (question: string): Promise<string | undefined> {
    const input = this.#input()
    if (input?.isTTY !== true || this.#err.isTTY !== true) return undefined
    const lines = createInterface({ input, output: this.#err })
    try {
      const closed = new Promise<string>(resolve => lines.once('close', () => resolve('')))
      lines.once('SIGINT', () => lines.close())
      return await Promise.race([lines.question(question), closed])
    } finally {
      lines.close()
    }
  }

  /** Resolves when everything printed before is written, or cannot be. */
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
