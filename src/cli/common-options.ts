import type { Command } from 'commander'
import { Option } from 'commander'
import { toCount, toName } from './arguments.ts'
import type { Target } from './connection.ts'
import type { Context } from './context.ts'

/** The flags of every command that asks the store. */
export interface CommonFlags extends Target {
  readonly json?: boolean
}

/** Runs a command on the sessions that the flags name. */
export type Run = (flags: CommonFlags, command: (context: Context) => Promise<number>) => Promise<void>

const ADDRESS = 'the address of Redis: a server, Sentinels, nodes of a Cluster or a socket (default: REDIS_URL, ' +
  'which keeps a password out of the list of processes)'
const DEFAULT_LIMIT = 50

/** Adds the options of every command that asks the store. */
export function common (command: Command): Command {
  return command
    .option('--redis <address>', ADDRESS)
    .option('--cluster', 'the address is that of one node of a Cluster')
    .option('--prefix <text>', 'the beginning of all keys (default: "fss:")')
    .option('--json', 'print JSON, for programs')
}

export function paged (command: Command): Command {
  return command
    .addOption(new Option('--limit <number>', 'the most rows').argParser(toCount).default(DEFAULT_LIMIT))
    .option('--cursor <cursor>', 'continue where another list ended')
    .addOption(new Option('--all', 'print all rows').conflicts('limit'))
}

/** Adds `--retention`: the store keeps an ended session for as long as its caller says. */
export function retaining (command: Command): Command {
  return command.option(
    '--retention <seconds>', 'how long ended sessions stay known: the retention of the RedisStore (default: 86400)',
    toCount
  )
}

export function by (command: Command): Command {
  return command.option('--by <who>', 'the name of the operator, for lists and the audit trail', toName, 'command line')
}
