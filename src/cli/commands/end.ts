import { auditEndOf, auditRevocation, effectOf, isAudited } from '../../audit.ts'
import { endSession } from '../../store/administration.ts'
import type { Handle } from '../../store/handle.ts'
import { endedSummary } from '../../store/summary.ts'
import type { Context } from '../context.ts'
import { printNone, printOne } from '../context.ts'
import { printableJson } from '../printable.ts'
import { EXIT } from '../problem.ts'
import { sessionCard, sessionCells } from '../session-cells.ts'
import { table } from '../table.ts'
import { counted } from '../times.ts'

/**
 * These ends are not acknowledged here: the application has to be notified of them too, and only its nodes can do that. Their
 * sweep takes over after CLAIM_LEASE_MS.
 */

export interface EndFlags {
  /** The name of the operator who ends it, for the record. */
  readonly by: string
}

export async function end (context: Context, handle: Handle, { by }: EndFlags): Promise<number> {
  const all = await endSession(context.store, handle, 'revoked', by)
  auditEndOf(handle, all, context.store, 'revoked', by)
  const [ended] = all
  if (ended === undefined) {
    await printNone(context, `No live session is known under ${handle}.`)
    return EXIT.failed
  }
  const summary = endedSummary(ended)
  await printOne(context, summary, nowMs => sessionCard(summary, nowMs))
  return EXIT.ok
}

export interface EndUserFlags extends EndFlags {
  readonly except?: readonly Handle[]
  readonly tokens?: boolean
}

export async function endAllOf (context: Context, user: string, { except = [], tokens = false, by }: EndUserFlags): Promise<number> {
  const { store, terminal, json, now } = context
  // Tokens first: with one of them, somebody could sign in again.
  const revoked = tokens ? await store.tokens.revokeUser(user, by) : 0
  let left = 0
  const query = { except, by, onLeft: (count: number) => { left = count } }
  const all = await store.endUser(user, 'revoked', query)
  if (isAudited()) auditRevocation({ what: 'user', ...effectOf(all, store), user, tokens: revoked, left, by })
  const ended = all.map(endedSummary)
  if (json) {
    await terminal.print(`${printableJson({ ended, tokens: revoked, left })}\n`)
  } else {
    const nowMs = await now()
    if (ended.length > 0) await terminal.print(table(ended.map(session => sessionCells(session, nowMs)), terminal.columns))
    await terminal.tell(`${counted(ended.length, 'session')} ended${tokens ? `, ${counted(revoked, 'token')} revoked` : ''}.`)
  }
  if (left > 0 && !json) await terminal.tell(`${counted(left, 'session')} left: a later version of this package keeps what this one cannot end.`)
  return left === 0 && ended.length + revoked > 0 ? EXIT.ok : EXIT.failed
}
