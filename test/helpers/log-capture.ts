import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'

interface Line {
  readonly level: number
  readonly msg: string
  readonly [key: string]: unknown
}

/** Captures the log lines of a test. */
export class LogCapture {
  readonly raw: string[] = []
  readonly #written = new EventEmitter()

  write (line: string): void {
    this.raw.push(line)
    this.#written.emit('line')
  }

  /** Waits until the lines match. @throws {AssertionError} after ten seconds. */
  async until (pattern: RegExp, message?: string): Promise<void> {
    const signal = AbortSignal.timeout(10_000)
    while (!pattern.test(this.raw.join('')) && !signal.aborted) {
      await once(this.#written, 'line', { signal }).catch(() => { /* the assertion says what is missing */ })
    }
    assert.match(this.raw.join(''), pattern, message)
  }

  get lines (): Line[] {
    return this.raw.map(line => JSON.parse(line))
  }

  /** Lines of this package, at or above a level (30 is info). */
  ours (level = 30): Line[] {
    return this.lines.filter(line => line['plugin'] === 'fastify-session-security' && line.level >= level)
  }
}
