import type { LimitViolation } from './check-limit.ts'
import type { LimitLog } from './limit-events.ts'
import type { LimitLife } from './limit-lives.ts'

/**
 * No user has more sessions than the limit at any moment. No look saw more at once, and no requests were let in with
 * more that lived at one time. An index names the live sessions, and nothing else.
 */
export function surplus ({ looks }: LimitLog, lives: ReadonlyMap<string, LimitLife>, limit: number): LimitViolation[] {
  const seen = looks.filter(({ live, listed }) => Math.max(live.length, listed.length) > limit)
  const indexes = looks.filter(({ live, listed }) => live.toSorted().join() !== listed.toSorted().join())
  const all = [...lives.values()]
  const crowded = all.flatMap(life => {
    const atOnce = all.filter(({ user, fromMs, toMs }) =>
      user === life.user && fromMs <= life.fromMs && life.fromMs <= toMs
    )
    return atOnce.length > limit && atOnce.includes(life) ? [{ life, atOnce }] : []
  })
  return [
    ...seen.map(look => ({ rule: 'one too many', handle: '', detail: JSON.stringify(look) } as const)),
    ...crowded.map(({ life: { handle, user, fromMs }, atOnce }) => ({
      rule: 'one too many',
      handle,
      detail: `${user} has ${atOnce.length} at ${fromMs}: ${atOnce.map(({ handle }) => handle).join(', ')}`
    } as const)),
    ...indexes.map(look => ({ rule: 'index', handle: '', detail: JSON.stringify(look) } as const))
  ]
}
