import { findSession } from '../../store/administration.ts'
import type { Handle } from '../../store/handle.ts'
import type { Context } from '../context.ts'
import { printNone, printOne } from '../context.ts'
import { EXIT } from '../problem.ts'
import { sessionCard } from '../session-cells.ts'

export async function show (context: Context, handle: Handle): Promise<number> {
  const session = await findSession(context.store, handle)
  if (session === null) {
    await printNone(context, `No session of a person is known under ${handle}: it never was, or is forgotten.`)
    return EXIT.failed
  }
  await printOne(context, session, nowMs => sessionCard(session, nowMs))
  return EXIT.ok
}
