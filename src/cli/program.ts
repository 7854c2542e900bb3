import { createRequire } from 'node:module'
import { Command, Option } from 'commander'
import type { Handle } from '../store/handle.ts'
import { toCount, toHandle, toHandles, toName } from './arguments.ts'
import type { EndFlags, EndUserFlags } from './commands/end.ts'
import { end, endAllOf } from './commands/end.ts'
import type { ListFlags } from './commands/list.ts'
import { list } from './commands/list.ts'
import { show } from './commands/show.ts'
import { stats } from './commands/stats.ts'
import type { SweepFlags } from './commands/sweep.ts'
import { sweep } from './commands/sweep.ts'
import type { RevokeFlags, TokenListFlags } from './commands/tokens.ts'
import { printTokens, revokeToken, revokeTokensOf, showToken } from './commands/tokens.ts'
import type { Place } from './connection.ts'
import type { Context } from './context.ts'
import { startDemo } from './demo.ts'

const NODES_TELL = `
The application is told of these ends, too: by the sweep of one of its nodes, from a minute later on.`

const SWEEP_NOTES = `
Ends are claimed: a sweep from here and those of the nodes share what is due, and each end is told once. An end that
this command has told is acknowledged, and the application's nodes will NOT call their onSessionEnd for it: give the same
function with --on-end, or leave sweeping to the nodes. What fails is not acknowledged, and comes again after a minute.

With --json there is a line of JSON for every session.`

const EXIT_NOTES = `
Exit codes: 0 done; 1 it failed, or what was named is not there; 2 the call was not understood.`

/** What comes with every command that asks the store. */
export interface CommonFlags extends Place {
  readonly json?: boolean
}

export interface Shell {
  readonly env: NodeJS.ProcessEnv
  readonly write: (text: string) => void
  readonly complain: (text: string) => void
  /** Runs a command on the sessions that the flags name. */
  readonly run: (flags: CommonFlags, command: (context: Context) => Promise<number>) => Promise<void>
}

/** The command line: every command with its arguments and options, and nothing of what they do. */
export function buildProgram ({ env, write, complain, run }: Shell): Command {
  const program = new Command('fastify-session-security')
    .description('Who is signed in, end a session, sweep. Sessions in Redis only: those in memory end with their process.')
    .version(versionOfPackage())
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
  return program
}

function addSessionCommands (program: Command, run: Shell['run']): void {
  common(paged(program.command('list').description('list sessions')
    .option('--user <id>', 'only those of this user')
    .addOption(new Option('--state <state>', 'which').choices(['live', 'ended', 'all']).default('live'))
    .addOption(new Option('--order <order>', 'by deadline, or by when they ended (default: no order, the cheapest)').choices(['ends-first', 'ends-last']))))
    .action(async (flags: ListFlags & CommonFlags) => await run(flags, async context => await list(context, flags)))

  common(program.command('show').description('all that is known of a session, or of the one it was renewed to')
    .argument('<handle>', 'its public name', toHandle))
    .action(async (handle: Handle, flags: CommonFlags) => await run(flags, async context => await show(context, handle)))

  common(retaining(by(program.command('end').description('end a session, at once and on every node')
    .argument('<handle>', 'its public name', toHandle).addHelpText('after', NODES_TELL))))
    .action(async (handle: Handle, flags: EndFlags & CommonFlags) => await run(flags, async context => await end(context, handle, flags)))

  common(retaining(by(program.command('end-user').description('end all sessions of a user')
    .argument('<user>', 'the id of the user')
    .option('--except <handle>', 'a session that stays; may be given several times', toHandles)
    .option('--tokens', 'revoke their tokens too')
    .addHelpText('after', NODES_TELL))))
    .action(async (user: string, flags: EndUserFlags & CommonFlags) => await run(flags, async context => await endAllOf(context, user, flags)))

  common(retaining(program.command('sweep').description('end what is past its deadline, tell what has ended, and print it')
    .option('--limit <number>', 'the most sessions (default: all)', toCount)
    .option('--dry-run', 'print what is past its deadline, and change nothing')
    .option('--on-end <module>', 'a file whose default export is called for every ended session, as onSessionEnd is')
    .addHelpText('after', SWEEP_NOTES)))
    .action(async (flags: SweepFlags & CommonFlags) => await run(flags, async context => await sweep(context, flags)))

  common(retaining(program.command('stats').description('how many sessions and tokens there are')))
    .action(async (flags: CommonFlags) => await run(flags, stats))
}

function addTokenCommands (tokens: Command, run: Shell['run']): void {
  common(paged(tokens.command('list').description('list tokens that have not expired')
    .option('--user <id>', 'only those of this user')))
    .action(async (flags: TokenListFlags & CommonFlags) => await run(flags, async context => await printTokens(context, flags)))

  common(tokens.command('show').description('all that is known of a token')
    .argument('<id>', 'its name: the jti of a JWT, never the token itself'))
    .action(async (id: string, flags: CommonFlags) => await run(flags, async context => await showToken(context, id)))

  common(by(tokens.command('revoke').description('revoke a token, for good')
    .argument('<id>', 'its name: the jti of a JWT, never the token itself')))
    .action(async (id: string, flags: RevokeFlags & CommonFlags) => await run(flags, async context => await revokeToken(context, id, flags)))

  common(by(tokens.command('revoke-user').description('revoke all tokens of a user, for good')
    .argument('<user>', 'the id of the user')))
    .action(async (user: string, flags: RevokeFlags & CommonFlags) => await run(flags, async context => await revokeTokensOf(context, user, flags)))
}

/** Options that every command has that asks the store. */
function common (command: Command): Command {
  return command
    .option('--redis <url>', 'where the sessions are (default: REDIS_URL, which keeps a password out of the list of processes)')
    .option('--cluster', 'that Redis is a Cluster')
    .option('--prefix <text>', 'what all keys begin with (default: "fss:")')
    .option('--json', 'for programs')
}

function paged (command: Command): Command {
  return command
    .addOption(new Option('--limit <number>', 'the most rows').argParser(toCount).default(50))
    .option('--cursor <cursor>', 'go on where another list broke off')
    .option('--all', 'everything, however much')
}

/** An ended session is kept for as long as whoever ends it says. */
function retaining (command: Command): Command {
  return command.option('--retention <seconds>', 'how long what ends stays known, as the application\'s RedisStore has it (default: 86400)', toCount)
}

function by (command: Command): Command {
  return command.option('--by <who>', 'who does it, for the record', toName, 'command line')
}

function versionOfPackage (): string {
  const { version }: { readonly version: string } = createRequire(import.meta.url)('../../package.json')
  return version
}
