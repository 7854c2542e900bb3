import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { runCli } from '../../src/cli/run-cli.ts'
import { Terminal } from '../../src/cli/terminal.ts'
import { program } from '../helpers/program.ts'
import { Sink } from './sink.ts'

const MAIN = await program('../../src/cli/main.ts', import.meta.url)

export interface Outcome {
  readonly code: unknown
  readonly out: string
  readonly err: string
}

/** Runs a command in this process, with pipes for its output. */
export async function run (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const [out, err] = [new Sink(), new Sink()]
  const code = await runCli(args, new Terminal(out, err), env)
  return { code, out: out.text, err: err.text }
}

/** Runs a command in a process of its own. */
export async function runProcess (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const child = startProcess(args, env)
  const [[code], out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { code, out, err }
}

export function startProcess (args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { REDIS_URL, ...inherited } = process.env
  return spawn(
    process.execPath, [MAIN, ...args],
    { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }
  )
}
