import { EndNotifier } from '../../plugins/end-notifier.ts'
import { Sweeper } from '../../plugins/sweeper.ts'
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
  /** The most sessions. Absent: all that are due. */
  readonly limit?: number
  readonly dryRun?: boolean
  /** The path of a module. Its default export is told of every end, as `onSessionEnd` is. */
  readonly onEnd?: string
}

/** Sessions between two looks at whether to go on. */
const BATCH = 100

export async function sweep (
  context: Context, { limit = Infinity, dryRun = false, onEnd }: SweepFlags
): Promise<number> {
  const handler = onEnd === undefined ? () => {} : await loadOnEnd(onEnd)
  if (dryRun) return await foretell(context, limit)
  return await untilSignal(async signal => await tellAll(context, limit, handler, signal))
}

async function tellAll (context: Context, limit: number, handler: OnEnd, signal: AbortSignal): Promise<number> {
  const { store, terminal, json } = context
  const tell = async (ended: EndedSession): Promise<void> => {
    await handler(ended)
    await terminal.print(lineOf(ended, json)) // what could not be written has not been told either
  }
  const log = logOfFailures(terminal)
  const sweeper = new Sweeper(store, new EndNotifier(store, tell, log, { failureLineMs: 0 }), log)
  const total = terminal.isWatched ? (await store.stats()).expired : 0
  let [told, failed, goesOn] = [0, 0, true]
  while (goesOn && told + failed < limit && !signal.aborted) {
    const batch = await sweeper.run({ limit: Math.min(BATCH, limit - told - failed), signal })
    told += batch.ended
    failed += batch.failed
    // Where nothing can be told, going on would only claim what others could tell.
    goesOn = batch.more && (batch.failed === 0 || batch.ended > 0)
    terminal.progress(`${told.toLocaleString('en')} of ${counted(Math.max(total, told), 'session')}`)
  }
  await conclude(context, told, failed, signal.aborted)
  return failed > 0 || signal.aborted ? EXIT.failed : EXIT.ok
}

/** Where telling fails, it mostly fails alike: a line for the first of a kind. */
function logOfFailures (terminal: Terminal) {
  const said = new Set<string>()
  return {
    info () {},
    debug () {},
    error ({ err, handle }: { readonly err?: unknown, readonly handle?: string }) {
      const why = String(err)
      if (!said.has(why)) {
        terminal.tell(`The end of ${handle ?? 'a session'} could not be told: ${why}`)
          .catch(() => { /* nobody listens any more */ })
      }
      said.add(why)
    }
  }
}

/** Says nothing where nothing was done and nobody watches: cron sends a letter for every word. */
async function conclude ({ terminal, json }: Context, told: number, failed: number, isStopped: boolean): Promise<void> {
  if (isStopped) await terminal.tell('Stopped. What has not been told comes again.')
  if (failed > 0) {
    await terminal.tell(`${counted(failed, 'end')} could not be told. Whoever sweeps in a minute is given ${failed === 1 ? 'it' : 'them'} again.`)
  }
  if (terminal.isWatched || (told > 0 && !json)) await terminal.tell(`${counted(told, 'session')} ended.`)
}

/** What a sweep would find now, without touching it. */
async function foretell ({ store, terminal, json }: Context, limit: number): Promise<number> {
  let count = 0
  let cursor: string | null | undefined
  while (cursor !== null && count < limit) {
    const page = await store.list({
      state: 'expired', limit: Math.min(BATCH, limit - count), ...(cursor === undefined ? {} : { cursor })
    })
    for (const { session } of page.rows) if (session.state === 'ended') await terminal.print(lineOf(session.ended, json))
    count += page.rows.length
    cursor = page.cursor
  }
  const { pending, expired } = await store.stats()
  if (!json) {
    await terminal.tell(`${counted(count, 'session')} past the deadline. Besides, ${counted(pending - expired, 'end')} not told yet: a sweep does that a minute after the end. Nothing was changed.`)
  }
  return EXIT.ok
}

/** A line for a session: lines of JSON for programs; for people as in a log, since they stand in one. */
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
