import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv
  /** The number of pipes beyond the three standard streams, which lead nowhere. */
  readonly pipes?: number
}

/** Keeps the programs that run, to end them with the tests in every case. */
const running = new Set<ChildProcess>()
process.once('exit', endRunning)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    endRunning()
    process.kill(process.pid, signal)
  })
}

/** Starts a program that ends with this process at the latest. */
export function startProgram (path: string, args: readonly string[], options: ProgramOptions = {}): ChildProcess {
  const { env = process.env, pipes = 0 } = options
  const stdio = ['ignore', 'ignore', 'ignore', ...Array.from({ length: pipes }, () => 'pipe' as const)] as const
  const child = spawn(path, args, { env, stdio: [...stdio] })
  running.add(child)
  for (const name of ['exit', 'error']) child.once(name, () => { running.delete(child) })
  return child
}

/** Ends a program and all processes that it started. */
export async function endProgram (child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  signalAll([...descendants(child.pid), child.pid], 'SIGKILL')
  await gone
}

function endRunning (): void {
  for (const { pid = 0 } of running) signalAll([...descendants(pid), pid], 'SIGKILL')
}

/** Lists the descendants of a process, by `/proc`. */
export function descendants (pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const parent = parentOf(name)
    if (parent !== undefined) children.set(parent, [...children.get(parent) ?? [], Number(name)])
  }
  const found: number[] = []
  let generation = children.get(pid) ?? []
  while (generation.length > 0) {
    found.push(...generation)
    generation = generation.flatMap(child => children.get(child) ?? [])
  }
  return found
}

/** Sends a signal to each process that is still there. */
export function signalAll (pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      if (pid > 0) process.kill(pid, signal)
    } catch {
      // The process has ended by itself.
    }
  }
}

/** @returns undefined if the entry of `/proc` is no process, or none any more */
function parentOf (name: string): number | undefined {
  if (!/^\d+$/.test(name)) return undefined
  try {
    // The name of the program stands in brackets and may hold anything, brackets too.
    return Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) \S+ /s, '').split(' ')[0])
  } catch {
    return undefined
  }
}
