import { auditRevocation, isAudited } from '../../diagnostics/audit.ts'
import { endAll } from '../../store/ending.ts'
import type { Context } from '../context.ts'
import { printableJson } from '../printable.ts'
import { EXIT, UsageProblem } from '../problem.ts'
import { counted } from '../times.ts'
import { untilSignal } from '../until-signal.ts'
import type { EndFlags } from './end.ts'
import { leftBehind } from './end.ts'

export interface EndAllFlags extends EndFlags {
  /** Ends all sessions without a question. */
  readonly yes?: boolean
}

/** The answer that confirms the command. */
const CONFIRMATION = 'end all'

/**
 * Ends all sessions of everybody, two hundred at a time. If the process is killed, the other sessions go on, and
 * another call ends them. As after `end`, the nodes notify the application.
 */
export async function endEverybody (context: Context, { by, yes = false }: EndAllFlags): Promise<number> {
  const { store, terminal, json, where } = context
  const { live } = await store.stats()
  if (!yes && !await isConfirmed(context, live)) return EXIT.failed
  return await untilSignal(async signal => {
    let [ended, left] = [0, 0]
    for await (const part of endAll(store, 'revoked', by)) {
      ended += part.ended.length
      left += part.left
      const all = counted(Math.max(live, ended), 'session')
      terminal.progress(`${ended.toLocaleString('en')} of ${all}`, { isAlone: true })
      if (signal.aborted) break
    }
    if (isAudited()) auditRevocation({ what: 'everybody', atMs: store.timeOfDay(), count: ended, left, by })
    const lines = [
      `${counted(ended, 'session')} ended. ${where}.`,
      ...(left > 0 ? [leftBehind(left)] : []),
      ...(signal.aborted ? ['Stopped by a signal. The other sessions go on: call end-all again to end them.'] : [])
    ]
    if (json) await terminal.print(`${printableJson({ ended, left, stopped: signal.aborted })}\n`)
    else await terminal.say(lines.join('\n'))
    return signal.aborted || left > 0 ? EXIT.failed : EXIT.ok
  })
}

/** @throws {UsageProblem} without a terminal */
async function isConfirmed ({ terminal, where }: Context, live: number): Promise<boolean> {
  const what = `This signs everybody out: ${counted(live, 'live session')}. ${where}.`
  const answer = await terminal.ask(`${what}\nType "${CONFIRMATION}" to go on: `)
  if (answer === undefined) throw new UsageProblem('end-all cannot ask without a terminal: add --yes.')
  if (answer === CONFIRMATION) return true
  await terminal.say('Nothing was done.')
  return false
}
