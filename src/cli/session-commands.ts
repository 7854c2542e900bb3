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

const NODES_TELL = `
The application is told of these ends, too: by the sweep of one of its nodes, from a minute later on.`

const SWEEP_NOTES = `
Ends are claimed: a sweep from here and those of the nodes share what is due, and each end is told once. An end that
this command has told is acknowledged, and the application's nodes will NOT call their onSessionEnd for it: give the same
function with --on-end, or leave sweeping to the nodes. What fails is not acknowledged, and comes again after a minute.

With --json there is a line of JSON for every session.`

const HANDLES = 'their public names, or the beginnings of these'

const SHORT_HANDLES = `
The first 6 characters of a handle will do where no other one begins with them: all sessions are looked at then, of a
Cluster those of one shard. Where several begin so, they are named, and nothing is done.
`

/** What operators do with sessions. */
export function addSessionCommands (program: Command, run: Run): void {
  common(paged(program.command('list').description('list sessions')
    .option('--user <id>', 'only those of this user')
    .option('--user-prefix <text>', 'only those of users whose id begins so, in upper or lower case')
    .addOption(new Option('--state <state>', 'which').choices(['live', 'ended', 'all']).default('live'))
    .addOption(new Option(
      '--order <order>', 'by deadline, or by when they ended (default: no order, the cheapest)'
    ).choices(['ends-first', 'ends-last']))))
    .action(async (flags: ListFlags & CommonFlags) => await run(flags, async context => await list(context, flags)))

  common(program.command('show').description('all that is known of sessions, or of those that they were renewed to')
    .argument('<handles...>', HANDLES, toHandles).addHelpText('after', SHORT_HANDLES))
    .action(async (handles: string[], flags: CommonFlags) => {
      await run(flags, async context => await show(context, handles))
    })

  common(retaining(by(program.command('end').description('end sessions, at once and on every node')
    .argument('<handles...>', HANDLES, toHandles).addHelpText('after', SHORT_HANDLES + NODES_TELL))))
    .action(async (handles: string[], flags: EndFlags & CommonFlags) => {
      await run(flags, async context => await end(context, handles, flags))
    })

  common(retaining(by(program.command('end-user').description('end all sessions of a user')
    .argument('<user>', 'the id of the user', toName)
    .option('--except <handle>', 'a session of this user that stays; may be given several times', toHandles)
    .option('--tokens', 'revoke their tokens too')
    .addHelpText('after', NODES_TELL))))
    .action(async (user: string, flags: EndUserFlags & CommonFlags) => {
      await run(flags, async context => await endAllOf(context, user, flags))
    })

  common(retaining(by(program.command('end-all').description('end all sessions of everybody, after asking')
    .option('--yes', 'do not ask')
    .addHelpText('after', NODES_TELL))))
    .action(async (flags: EndAllFlags & CommonFlags) => {
      await run(flags, async context => await endEverybody(context, flags))
    })

  common(retaining(program.command('sweep').aliases(['clear-expired', 'clearsessions'])
    .description('end what is past its deadline, tell what has ended, and print it')
    .option('--limit <number>', 'the most sessions (default: all)', toCount)
    .option('--dry-run', 'print what is past its deadline, and change nothing')
    .option('--on-end <module>', 'a file whose default export is called for every ended session, as onSessionEnd is')
    .addHelpText('after', SWEEP_NOTES)))
    .action(async (flags: SweepFlags & CommonFlags) => await run(flags, async context => await sweep(context, flags)))

  common(retaining(program.command('stats').description('how many sessions and tokens there are')))
    .action(async (flags: CommonFlags) => await run(flags, stats))
}
