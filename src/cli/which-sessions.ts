import type { Handle } from '../store/handle.ts'
import { findSession } from '../store/administration.ts'
import type { Context } from './context.ts'
import { printable } from './printable.ts'
import { EXIT, Problem } from './problem.ts'

/** Candidates that are named for a beginning that several handles have. */
const MOST_NAMED = 10

/** The sessions that a person means. */
export interface Meant {
  /** Each once, in the order in which they were named. */
  readonly handles: readonly Handle[]
  /** Beginnings that no handle has. */
  readonly unknown: readonly string[]
}

/**
 * Finds the handles that are meant by themselves or by their beginnings. A whole handle costs nothing; a beginning looks
 * at all sessions, on a Cluster at those of one shard.
 *
 * @throws {Problem} for a beginning that several handles have: nothing may be done to any of them then
 */
export async function sessionsMeant (context: Context, texts: readonly string[]): Promise<Meant> {
  const { store } = context
  const handles = new Set<Handle>()
  const unknown: string[] = []
  for (const text of texts) {
    const [first, ...others] = store.handles.isWhole(text) ? [text] : await store.handles.find(text, MOST_NAMED + 1)
    if (first === undefined) unknown.push(text)
    else if (others.length > 0) throw new Problem(await ambiguous(context, text, [first, ...others]), EXIT.usage)
    else handles.add(first)
  }
  return { handles: [...handles], unknown }
}

async function ambiguous ({ store }: Context, text: string, candidates: readonly Handle[]): Promise<string> {
  const lines = candidates.slice(0, MOST_NAMED).map(async handle => {
    const session = await findSession(store, handle).catch(() => null)
    return [handle, session?.state ?? 'unknown', session?.user ?? ''].join('  ').trimEnd()
  })
  const named = (await Promise.all(lines)).map(printable)
  const many = candidates.length > MOST_NAMED ? ['… and more'] : []
  return [`Several sessions begin with ${text}; nothing was done:`, ...named, ...many].join('\n')
}
