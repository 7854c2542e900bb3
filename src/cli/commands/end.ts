import { auditEndOfEach, auditRevocation, effectOf, isAudited } from '../../diagnostics/audit.ts'
import { LaterVersionError } from '../../errors.ts'
import { findSession } from '../../store/administration.ts'
import { endEach } from '../../store/ending.ts'
import type { Handle } from '../../store/handle.ts'
import type { EndedSummary } from '../../store/summary.ts'
import { endedSummary } from '../../store/summary.ts'
import type { Context } from '../context.ts'
import { printableJson } from '../printable.ts'
import { EXIT, UsageProblem } from '../problem.ts'
import { sessionCard, sessionCells } from '../session-cells.ts'
import { card, table } from '../table.ts'
import { counted } from '../times.ts'
import { sessionsMeant } from '../which-sessions.ts'

/*
 * The commands that end sessions do not acknowledge these ends: only a node of the application can notify it. The sweep
 * of a node does so after CLAIM_LEASE_MS.
 */

export interface EndFlags {
  /** The name of the operator, for lists and the audit trail. */
  readonly by: string
}

export async function end (context: Context, texts: readonly string[], { by }: EndFlags): Promise<number> {
  const { store, terminal, json } = context
  const { handles, unknown: none } = await sessionsMeant(context, texts)
  const outcome = await endEach(store, handles, 'revoked', by)
  auditEndOfEach(outcome, store, 'revoked', by)
  const ended = outcome.ended.map(endedSummary)
  const unknown = [...none, ...outcome.over]
  if (json) await terminal.print(`${printableJson({ ended, unknown, later: outcome.later })}\n`)
  else {
    await printEnded(context, ended)
    for (const text of unknown) await terminal.say(`No live session has the handle ${text}.`)
    for (const handle of outcome.later) await terminal.say(`${handle}: ${new LaterVersionError('operator').message}`)
    if (handles.length > 1) await terminal.say(`${counted(ended.length, 'session')} ended.`)
  }
  return unknown.length + outcome.later.length === 0 ? EXIT.ok : EXIT.failed
}

/** Prints one session as a block, several as a table. */
async function printEnded ({ terminal, now }: Context, ended: readonly EndedSummary[]): Promise<void> {
  const [first, ...others] = ended
  if (first === undefined) return
  const nowMs = await now()
  await terminal.print(others.length === 0
    ? card(sessionCard(first, nowMs))
    : table(ended.map(session => sessionCells(session, nowMs)), terminal.columns))
}

export interface EndUserFlags extends EndFlags {
  readonly except?: readonly string[]
  readonly tokens?: boolean
}

export async function endAllOf (
  context: Context, user: string, { except: spared = [], tokens = false, by }: EndUserFlags
): Promise<number> {
  const { store, terminal, json, now } = context
  const except = await sessionsSpared(context, user, spared)
  // Tokens are revoked first: with a token, the user could sign in again.
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
    if (ended.length > 0) {
      await terminal.print(table(ended.map(session => sessionCells(session, nowMs)), terminal.columns))
    }
    const tokensRevoked = tokens ? `, ${counted(revoked, 'token')} revoked` : ''
    await terminal.say(`${counted(ended.length, 'session')} ended${tokensRevoked}.`)
  }
  if (left > 0 && !json) await terminal.say(leftBehind(left))
  return left === 0 && ended.length + revoked > 0 ? EXIT.ok : EXIT.failed
}

/** @throws {UsageProblem} for a session that is not of this user, before anything ends */
async function sessionsSpared (context: Context, user: string, texts: readonly string[]): Promise<readonly Handle[]> {
  const { handles, unknown } = await sessionsMeant(context, texts)
  const areTheirs = await Promise.all(handles.map(async handle => await isOfUser(context, handle, user)))
  const [first] = [...unknown, ...handles.filter((_handle, i) => areTheirs[i] === false)]
  if (first === undefined) return handles
  throw new UsageProblem(`--except: ${user} has no session with the handle ${first}. Nothing was done.`)
}

/** Accepts a session that a later version keeps: this version does not end it. */
async function isOfUser ({ store }: Context, handle: Handle, user: string): Promise<boolean> {
  try {
    return (await findSession(store, handle))?.user === user
  } catch (error) {
    if (error instanceof LaterVersionError) return true
    throw error
  }
}

/** Reports sessions that this version of the package cannot end. */
export function leftBehind (count: number): string {
  return `${counted(count, 'session')} not ended: kept by a later version of this package.`
}
