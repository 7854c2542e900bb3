import { Command } from 'commander'
import { printEnv } from './commands/env.ts'
import type { Run } from './common-options.ts'
import { startDemo } from './demo.ts'
import { addSessionCommands } from './session-commands.ts'
import type { Terminal } from './terminal.ts'
import { addTokenCommands } from './token-commands.ts'
import { VERSION } from './version.built.ts'

const EXIT_NOTES = `
Exit codes: 0 done; 1 the command failed, or a session, user or token that it names has nothing to show, end or revoke;
2 the call is wrong.`

export interface Shell {
  readonly env: NodeJS.ProcessEnv
  readonly write: (text: string) => void
  readonly complain: (text: string) => void
  readonly run: Run
  /** Runs a command that asks no store. */
  readonly runAlone: (command: (terminal: Terminal) => Promise<number>) => Promise<void>
}

/** Builds the command line: every command with its arguments and options. */
export function buildProgram ({ env, write, complain, run, runAlone }: Shell): Command {
  const program = new Command('fastify-session-security')
    .description('Lists and ends sessions in Redis, and sweeps. Sessions in memory end with their process.')
    .version(VERSION)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: complain })
    .addHelpText('after', EXIT_NOTES)

  program.command('demo')
    .description('start the demo on 127.0.0.1; "demo --help" lists its options')
    .argument('[options...]').passThroughOptions().allowUnknownOption().helpOption(false)
    .action(async (args: string[]) => await startDemo(args, env))

  addSessionCommands(program, run)
  addTokenCommands(program.command('tokens').description('login JWTs and API tokens that the application tracks'), run)

  program.command('env')
    .description('print a .env with all variables that optionsFromEnv() reads, as comments with their defaults')
    .action(async () => await runAlone(printEnv))
  return program
}
