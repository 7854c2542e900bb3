import { EndNotifier } from '../../sweep/end-notifier.ts'
import { Sweeper } from '../../sweep/sweeper.ts'
import type { EndedSession } from '../../store/store.ts'
import { endedSummary } from '../../store/summary.ts'
import type { Context } from '../context.ts'
import type { OnEnd } from '../on-end.ts'
import { loadOnEnd } from '../on-end.ts'
import { printable, printableJson } from '../printable.ts'
import { EXIT } from '../problem.ts'
import type { Terminal } from '../terminal.ts'
import { counted } from '../times.ts'
import { untilSignal } from '../until-signal.ts'

export interface SweepFlags {
  /** The most sessions. Absent: all. */
  readonly limit?: number
  readonly dryRun?: boolean
  /** The path of a module. Its default export is called for each end, as `onSessionEnd` is. */
  readonly onEnd?: string
}

/** Sessions of one part. After each, the command looks for a signal. */
const BATCH = 100

export async function sweep (
  context: Context, { limit = Infinity, dryRun = false, onEnd }: SweepFlags
): Promise<number> {
  const handler = onEnd === undefined ? () => {} : await loadOnEnd(onEnd)
  if (dryRun) return await preview(context, limit)
  return await untilSignal(async signal => await notifyAll(context, limit, handler, signal))
}

async function notifyAll (context: Context, limit: number, handler: OnEnd, signal: AbortSignal): Promise<number> {
  const { store, terminal, json } = context
  const notify = async (ended: EndedSession): Promise<void> => {
    await handler(ended)
    await terminal.print(lineOf(ended, json)) // if the line cannot be written, the end stays pending
  }
  const log = logOfFailures(terminal)
  const sweeper = new Sweeper(store, new EndNotifier(store, notify, log, { failureLineMs: 0 }), log)
  const total = terminal.isWatched ? (await store.stats()).expired : 0
  let [notified, failed, goesOn] = [0, 0, true]
  while (goesOn && notified + failed < limit && !signal.aborted) {
    const batch = await sweeper.run({ limit: Math.min(BATCH, limit - notified - failed), signal })
    notified += batch.ended
    failed += batch.failed
    // If no end can be notified, another part would only take ends from sweeps that can.
    goesOn = batch.more && (batch.failed === 0 || batch.ended > 0)
    terminal.progress(`${notified.toLocaleString('en')} of ${counted(Math.max(total, notified), 'session')}`)
  }
  await conclude(context, notified, failed, signal.aborted)
  return failed > 0 || signal.aborted ? EXIT.failed : EXIT.ok
}

/** Logs failures to notify: each reason once, since most have the same. */
function logOfFailures (terminal: Terminal) {
  const said = new Set<string>()
  return {
    info () {},
    debug () {},
    error ({ err, handle }: { readonly err?: unknown, readonly handle?: string }) {
      const why = String(err)
      if (!said.has(why)) {
        terminal.say(`The end of ${handle ?? 'a session'} could not be notified: ${why}`)
          .catch(() => { /* the reader is gone */ })
      }
      said.add(why)
    }
  }
}

/** Reports the result. If nothing was done, only a person is told: cron sends a mail for each line. */
async function conclude (
  { terminal, json }: Context, notified: number, failed: number, isStopped: boolean
): Promise<void> {
  if (isStopped) await terminal.say('Stopped by a signal. The next sweep goes on with the pending ends.')
  if (failed > 0) {
    const them = failed === 1 ? 'it is' : 'they are'
    await terminal.say(`${counted(failed, 'end')} could not be notified: ${them} tried again in a minute.`)
  }
  if (terminal.isWatched || (notified > 0 && !json)) await terminal.say(`${counted(notified, 'session')} ended.`)
}

/** Prints the expired sessions, and changes nothing. */
async function preview ({ store, terminal, json }: Context, limit: number): Promise<number> {
  let count = 0
  let cursor: string | null | undefined
  while (cursor !== null && count < limit) {
    const page = await store.list({
      state: 'expired', limit: Math.min(BATCH, limit - count), ...(cursor === undefined ? {} : { cursor })
    })
    for (const { session } of page.rows) {
      if (session.state === 'ended') await terminal.print(lineOf(session.ended, json))
    }
    count += page.rows.length
    cursor = page.cursor
  }
  const { pending, expired } = await store.stats()
  if (!json) {
    const others = `${counted(pending - expired, 'other end')} pending: a sweep notifies a minute after the end`
    await terminal.say(`${counted(count, 'session')} expired. ${others}. Nothing was changed.`)
  }
  return EXIT.ok
}

/** Returns the line of an ended session: JSON, or the form of a log line. */
function lineOf (ended: EndedSession, json: boolean): string {
  if (json) return `${printableJson(endedSummary(ended))}\n`
  const { endedAtMs, handle, reason, user, by } = ended
  const words = [
    new Date(endedAtMs).toISOString(), handle, reason.padEnd(9),
    ...(user === undefined ? [] : [printable(user)]),
    ...(by === undefined ? [] : [`by ${printable(by)}`])
  ]
  return `${words.join('  ').trimEnd()}\n`
}
