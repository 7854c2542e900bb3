import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A child process of the benchmark. It ends when this process ends. */
export class BenchProcess {
  readonly #child: ChildProcess

  constructor (file: string, args: readonly string[] = [], nodeArgs: readonly string[] = []) {
    this.#child = fork(
      fileURLToPath(new URL(file, import.meta.url)), [...args],
      { execArgv: ['--import', 'tsx', ...nodeArgs], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }
    )
  }

  /** Waits for the next message of the process. @throws Error if the process ends instead */
  async next (): Promise<unknown> {
    const gone = new AbortController()
    const died = once(this.#child, 'exit', { signal: gone.signal }).then(([code]) => {
      throw new Error(`a process of the benchmark ended with ${String(code)}`)
    })
    try {
      const [message] = await Promise.race([once(this.#child, 'message', { signal: gone.signal }), died])
      return message
    } finally {
      died.catch(() => {})
      gone.abort()
    }
  }

  async ask (question: string | object): Promise<unknown> {
    const answer = this.next()
    this.#child.send(question)
    return await answer
  }

  async stop (): Promise<void> {
    if (this.#child.exitCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}
