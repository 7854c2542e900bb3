import type { Rules, Violation } from './checker.ts'
import { SLACK_MS } from './checker.ts'
import type { Life } from './lives.ts'
import { endOf, show } from './lives.ts'

/** G4: no handler that begins long enough after an end gets the session as authenticated. */
export function handlersAfterEnd (life: Life, { freshForMs }: Rules): Violation[] {
  const { handle, exchanges } = life
  const endedAtMs = endOf(life)
  return exchanges.flatMap(exchange => {
    const { letIn, ranAtMs } = exchange.account ?? {}
    if (letIn !== true || ranAtMs === undefined) return []
    const lateMs = ranAtMs - endedAtMs - freshForMs
    if (lateMs <= SLACK_MS) return []
    return [{ rule: 'handler after the end', handle, detail: `by ${Math.round(lateMs)} ms: ${show(exchange)}` }]
  })
}
