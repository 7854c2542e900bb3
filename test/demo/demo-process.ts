import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { createInterface } from 'node:readline'
import { program } from '../helpers/program.ts'

const MAIN = await program('../../src/cli/main.ts', import.meta.url)

export interface Demo {
  readonly address: string
  /** The lines that it printed after its address. */
  readonly lines: readonly string[]
  /** Asks it to end, and answers with its exit code. */
  stop (signal?: NodeJS.Signals): Promise<unknown>
}

/** Runs the demo as `npm start` does, on a free port. */
export async function startDemo (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Demo> {
  const child = spawnMain(['--port', '0', ...args], env)
  const lines: string[] = []
  const output = createInterface({ input: child.stdout })
  const problems = text(child.stderr)
  const address = await new Promise<string>((resolve, reject) => {
    output.once('line', line => {
      output.on('line', line => { lines.push(line) })
      resolve(/http:\/\/\S+/.exec(line)?.[0] ?? line)
    })
    child.once('exit', async code => reject(new Error(`The demo ended with ${code}: ${await problems}`)))
  })
  return {
    address,
    lines,
    async stop (signal = 'SIGTERM') {
      const ended = once(child, 'exit')
      child.kill(signal)
      return (await ended)[0]
    }
  }
}

/** Runs the demo with arguments or an environment with which it ends by itself. */
export async function runDemo (
  args: readonly string[], env: NodeJS.ProcessEnv = {}
): Promise<{ code: unknown, out: string, err: string }> {
  const child = spawnMain(args, env)
  const [[code], out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { code, out, err }
}

function spawnMain (args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { PORT, WARN_AFTER, EXPIRE_AFTER, REDIS_URL, ...inherited } = process.env
  return spawn(
    process.execPath, [MAIN, 'demo', ...args],
    { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }
  )
}
