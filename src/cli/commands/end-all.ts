import { auditRevocation, isAudited } from '../../audit.ts'
import { endAll } from '../../store/ending.ts'
import type { Context } from '../context.ts'
import { printableJson } from '../printable.ts'
import { EXIT, UsageProblem } from '../problem.ts'
import { counted } from '../times.ts'
import { untilSignal } from '../until-signal.ts'
import type { EndFlags } from './end.ts'
import { leftBehind } from './end.ts'

export interface EndAllFlags extends EndFlags {
  /** It is meant: nobody is asked. */
  readonly yes?: boolean
}

/** What a person types who means it. */
const MEANT = 'end all'

/**
 * Ends all sessions of everybody, two hundred at a time. Each end is whole by itself: where the process is killed, the
 * others go on, and another call ends them. As after `end`, the nodes notify the application.
 */
export async function endEverybody (context: Context, { by, yes = false }: EndAllFlags): Promise<number> {
  const { store, terminal, json, where } = context
  const { live } = await store.stats()
  if (!yes && !await isMeant(context, live)) return EXIT.failed
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
      ...(signal.aborted ? ['Stopped. The others go on: end-all ends them when it is called again.'] : [])
    ]
    if (json) await terminal.print(`${printableJson({ ended, left, stopped: signal.aborted })}\n`)
    else await terminal.tell(lines.join('\n'))
    return signal.aborted || left > 0 ? EXIT.failed : EXIT.ok
  })
}

/** @throws {UsageProblem} where nobody can be asked */
async function isMeant ({ terminal, where }: Context, live: number): Promise<boolean> {
  const what = `This signs everybody out: ${counted(live, 'live session')}. ${where}.`
  const answer = await terminal.ask(`${what}\nType "${MEANT}" to go on: `)
  if (answer === undefined) throw new UsageProblem('end-all signs everybody out: add --yes where nobody can be asked.')
  if (answer === MEANT) return true
  await terminal.tell('Nothing was done.')
  return false
}
