import type { Command } from 'commander'
import { Option } from 'commander'
import { toCount, toName } from './arguments.ts'
import type { Place } from './connection.ts'
import type { Context } from './context.ts'

/** What comes with every command that asks the store. */
export interface CommonFlags extends Place {
  readonly json?: boolean
}

/** Runs a command on the sessions that the flags name. */
export type Run = (flags: CommonFlags, command: (context: Context) => Promise<number>) => Promise<void>

const WHERE = 'where the sessions are: a server, Sentinels, nodes of a Cluster or a socket (default: REDIS_URL, which ' +
  'keeps a password out of the list of processes)'

/** Options that every command has that asks the store. */
export function common (command: Command): Command {
  return command
    .option('--redis <address>', WHERE)
    .option('--cluster', 'that Redis is a Cluster, of which one node is named')
    .option('--prefix <text>', 'what all keys begin with (default: "fss:")')
    .option('--json', 'for programs')
}

export function paged (command: Command): Command {
  return command
    .addOption(new Option('--limit <number>', 'the most rows').argParser(toCount).default(50))
    .option('--cursor <cursor>', 'go on where another list broke off')
    .option('--all', 'everything, however much')
}

/** An ended session is kept for as long as whoever ends it says. */
export function retaining (command: Command): Command {
  return command.option(
    '--retention <seconds>', 'how long what ends stays known, as the application\'s RedisStore has it (default: 86400)',
    toCount
  )
}

export function by (command: Command): Command {
  return command.option('--by <who>', 'who does it, for the record', toName, 'command line')
}
