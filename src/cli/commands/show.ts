import { LaterVersionError } from '../../errors.ts'
import { findSession } from '../../store/administration.ts'
import type { SessionSummary } from '../../store/summary.ts'
import type { Context } from '../context.ts'
import { printableJson } from '../printable.ts'
import { EXIT } from '../problem.ts'
import { sessionCard } from '../session-cells.ts'
import { card } from '../table.ts'
import { sessionsMeant } from '../which-sessions.ts'

export async function show (context: Context, texts: readonly string[]): Promise<number> {
  const { store, terminal, json, now } = context
  const { handles, unknown: none } = await sessionsMeant(context, texts)
  const sessions: SessionSummary[] = []
  const [unknown, later]: [string[], string[]] = [[...none], []]
  for (const handle of handles) {
    try {
      const session = await findSession(store, handle)
      if (session === null) unknown.push(handle)
      else sessions.push(session)
    } catch (error) {
      if (!(error instanceof LaterVersionError)) throw error
      later.push(handle)
    }
  }
  if (json) await terminal.print(`${printableJson({ sessions, unknown, later })}\n`)
  else {
    const nowMs = await now()
    if (sessions.length > 0) await terminal.print(sessions.map(session => card(sessionCard(session, nowMs))).join('\n'))
    for (const text of unknown) {
      await terminal.say(`No authenticated session has the handle ${text}, or the store has forgotten it.`)
    }
    for (const handle of later) await terminal.say(`${handle}: ${new LaterVersionError('operator').message}`)
  }
  return unknown.length + later.length === 0 ? EXIT.ok : EXIT.failed
}
