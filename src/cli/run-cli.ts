import { CommanderError } from 'commander'
import { BadOptionError, LaterVersionError, UnreadableTokenError } from '../errors.ts'
import { IoredisMissing } from '../store/redis/load-ioredis.ts'
import { guardHandles } from './arguments.ts'
import { withConnection } from './connection.ts'
import { EXIT, Problem } from './problem.ts'
import { buildProgram } from './program.ts'
import type { Terminal } from './terminal.ts'

/**
 * Does what the arguments ask for.
 * @returns the exit code when it is done; `null` while something goes on in this process, such as the demo
 */
export async function runCli (
  args: readonly string[], terminal: Terminal, env: NodeJS.ProcessEnv
): Promise<number | null> {
  let exitCode: number | null = null
  const program = buildProgram({
    env,
    write: text => { terminal.print(text).catch(() => { /* nobody reads the help */ }) },
    complain: text => { terminal.tell(text).catch(() => { /* nobody reads it */ }) },
    run: async (flags, command) => {
      exitCode = await withConnection(flags, env, async connection =>
        await command({ ...connection, terminal, json: flags.json === true }))
    },
    runAlone: async command => { exitCode = await command(terminal) }
  })
  try {
    await program.parseAsync(guardHandles(args), { from: 'user' })
    return exitCode
  } catch (error) {
    return await explain(error, terminal)
  }
}

async function explain (error: unknown, terminal: Terminal): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage // it has spoken already
  if (!(error instanceof Error)) throw error
  if ('code' in error && error.code === 'EPIPE') return EXIT.failed // whoever read, as `head` does, has had enough
  if ('syscall' in error && error.syscall === 'write') {
    await terminal.tell(`The result could not be written (${error.message}). The command itself may have done its work.`)
    return EXIT.failed
  }
  if (error instanceof Problem || error instanceof IoredisMissing) {
    await terminal.tell(error.message)
    return error instanceof Problem ? error.exitCode : EXIT.failed
  }
  if (error instanceof BadOptionError) {
    await terminal.tell(error.message)
    return EXIT.usage
  }
  const isTold = error instanceof LaterVersionError || error instanceof UnreadableTokenError
  await terminal.tell(isTold ? error.message : error.stack ?? error.message)
  return EXIT.failed
}
