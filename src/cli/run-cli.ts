import { CommanderError } from 'commander'
import { BadOptionError, LaterVersionError, UnreadableTokenError } from '../errors.ts'
import { IoredisMissing } from '../store/redis/load-ioredis.ts'
import { guardHandles } from './arguments.ts'
import { withConnection } from './connection.ts'
import { EXIT, Problem } from './problem.ts'
import { buildProgram } from './program.ts'
import type { Terminal } from './terminal.ts'

/**
 * Runs the command that the arguments name.
 *
 * @returns the exit code; `null` while the command goes on in this process, as the demo does
 */
export async function runCli (
  args: readonly string[], terminal: Terminal, env: NodeJS.ProcessEnv
): Promise<number | null> {
  let exitCode: number | null = null
  const program = buildProgram({
    env,
    write: text => { terminal.print(text).catch(() => { /* the reader of the help is gone */ }) },
    complain: text => { terminal.say(text).catch(() => { /* the reader is gone */ }) },
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
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage // is printed already
  if (!(error instanceof Error)) throw error
  if ('code' in error && error.code === 'EPIPE') return EXIT.failed // the reader, such as `head`, has closed the pipe
  if ('syscall' in error && error.syscall === 'write') {
    await terminal.say(`The result could not be written: ${error.message}. The command may have done its work.`)
    return EXIT.failed
  }
  if (error instanceof Problem || error instanceof IoredisMissing) {
    await terminal.say(error.message)
    return error instanceof Problem ? error.exitCode : EXIT.failed
  }
  if (error instanceof BadOptionError) {
    await terminal.say(error.message)
    return EXIT.usage
  }
  const isExpected = error instanceof LaterVersionError || error instanceof UnreadableTokenError
  await terminal.say(isExpected ? error.message : error.stack ?? error.message)
  return EXIT.failed
}
