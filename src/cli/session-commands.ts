import type { Command } from 'commander'
import { Option } from 'commander'
import { toCount, toHandles, toName } from './arguments.ts'
import type { EndFlags, EndUserFlags } from './commands/end.ts'
import { end, endAllOf } from './commands/end.ts'
import type { EndAllFlags } from './commands/end-all.ts'
import { endEverybody } from './commands/end-all.ts'
import type { ListFlags } from './commands/list.ts'
import { list } from './commands/list.ts'
import { show } from './commands/show.ts'
import { stats } from './commands/stats.ts'
import type { SweepFlags } from './commands/sweep.ts'
import { sweep } from './commands/sweep.ts'
import type { CommonFlags, Run } from './common-options.ts'
import { by, common, paged, retaining } from './common-options.ts'

const NOTIFIED_BY_NODES = `
These ends are pending: a sweep of one of the application's nodes calls onSessionEnd for them, after a minute or more.`

const SWEEP_NOTES = `
A sweep claims ends: this sweep and those of the nodes share the work, and each end is notified by one of them. An end
that this command prints is acknowledged, and the nodes do NOT call onSessionEnd for it. If the application has an
onSessionEnd, give the same function with --on-end, or leave the sweep to the nodes. If the function throws, the end
stays pending, and a sweep tries again after a minute.

With --json, the command prints a line of JSON for each session.`

const HANDLES = 'the handles of the sessions, or their beginnings'

const SHORT_HANDLES = `
The first 6 characters of a handle are enough if no other handle begins with them. The command looks at all sessions to
find it, on a Cluster at those of one shard. If several handles begin with them, the command lists these and does
nothing.
`

/** Adds the commands for sessions. */
export function addSessionCommands (program: Command, run: Run): void {
  common(paged(program.command('list').description('list sessions')
    .option('--user <id>', 'only sessions of this user')
    .option('--user-prefix <text>', 'only sessions of users whose id begins with this text, in any case')
    .addOption(new Option('--state <state>', 'their state').choices(['live', 'ended', 'all']).default('live'))
    .addOption(new Option(
      '--order <order>', 'sort by deadline or end (default: not sorted, which is the cheapest)'
    ).choices(['ends-first', 'ends-last']))))
    .action(async (flags: ListFlags & CommonFlags) => await run(flags, async context => await list(context, flags)))

  common(program.command('show').description('show all that is known of sessions; after a renewal, of their successors')
    .argument('<handles...>', HANDLES, toHandles).addHelpText('after', SHORT_HANDLES))
    .action(async (handles: string[], flags: CommonFlags) => {
      await run(flags, async context => await show(context, handles))
    })

  common(retaining(by(program.command('end').description('end sessions, at once and on every node')
    .argument('<handles...>', HANDLES, toHandles).addHelpText('after', SHORT_HANDLES + NOTIFIED_BY_NODES))))
    .action(async (handles: string[], flags: EndFlags & CommonFlags) => {
      await run(flags, async context => await end(context, handles, flags))
    })

  common(retaining(by(program.command('end-user').description('end all sessions of a user')
    .argument('<user>', 'the id of the user', toName)
    .option('--except <handle>', 'the handle of a session of this user that goes on; may be repeated', toHandles)
    .option('--tokens', 'revoke the tokens of the user too')
    .addHelpText('after', NOTIFIED_BY_NODES))))
    .action(async (user: string, flags: EndUserFlags & CommonFlags) => {
      await run(flags, async context => await endAllOf(context, user, flags))
    })

  common(retaining(by(program.command('end-all').description('end all sessions of everybody, after a question')
    .option('--yes', 'do not ask')
    .addHelpText('after', NOTIFIED_BY_NODES))))
    .action(async (flags: EndAllFlags & CommonFlags) => {
      await run(flags, async context => await endEverybody(context, flags))
    })

  common(retaining(program.command('sweep').aliases(['clear-expired', 'clearsessions'])
    .description('end expired sessions, notify of pending ends, and print them')
    .option('--limit <number>', 'the most sessions (default: all)', toCount)
    .option('--dry-run', 'print the expired sessions, and change nothing')
    .option('--on-end <module>', 'a file whose default export is called for each end, as onSessionEnd is')
    .addHelpText('after', SWEEP_NOTES)))
    .action(async (flags: SweepFlags & CommonFlags) => await run(flags, async context => await sweep(context, flags)))

  common(retaining(program.command('stats').description('count sessions and tokens')))
    .action(async (flags: CommonFlags) => await run(flags, stats))
}
