import { IoredisMissing } from '../store/redis/load-ioredis.ts'
import type { Backend } from './backend.ts'
import { BackendProblem, openBackend } from './backend.ts'
import { buildDemo } from './server.ts'
import type { Settings } from './settings.ts'
import { HELP, readSettings } from './settings.ts'

/** Runs the demo in this process, until a signal ends it. */
export async function runDemo (args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const asked = readSettings(args, env)
  if (asked.kind === 'help') process.stdout.write(HELP)
  else if (asked.kind === 'bad') fail(asked.problem, 2)
  else await serve(asked.settings)
}

async function serve (settings: Settings): Promise<void> {
  try {
    await listen(settings, await openBackend(settings.redisUrl))
  } catch (error) {
    if (!(error instanceof BackendProblem || error instanceof IoredisMissing)) throw error
    fail(error.message)
  }
}

async function listen ({ port, warnAfter, expireAfter, redisUrl }: Settings, backend: Backend): Promise<void> {
  const node = redisUrl === undefined ? {} : { node: port === 0 ? `process ${process.pid}` : `port ${port}` }
  const app = buildDemo({ backend, ...node, warnAfter, expireAfter, tell: console.log })
  app.addHook('onClose', async () => backend.close())
  try {
    const address = await app.listen({ host: '127.0.0.1', port })
    const times = `warns after ${round(warnAfter)} s, ends after ${round(expireAfter)} s`
    console.log(`The demo is at ${address} (${times}). Ctrl+C stops it.`)
  } catch (error) {
    await app.close()
    fail(explain(error, port))
    return
  }
  // A second signal ends the process without waiting.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => { app.close() })
}

/** Explains in one line an error that the user can correct. Any other is a bug, and keeps its stack. */
function explain (error: unknown, port: number): string {
  if (!(error instanceof Error) || !('code' in error)) throw error
  const code = String(error.code)
  if (code.startsWith('FST_SESSION_SECURITY_')) return error.message
  if (code === 'EADDRINUSE') return `Port ${port} is taken. Choose another one with --port, or 0 for any that is free.`
  if (code === 'EACCES') {
    return `Port ${port} may not be used. Choose another one with --port, or 0 for any that is free.`
  }
  throw error
}

function fail (problem: string, exitCode = 1): void {
  console.error(problem)
  process.exitCode = exitCode
}

function round (seconds: number): number {
  return Math.round(seconds * 10) / 10
}
