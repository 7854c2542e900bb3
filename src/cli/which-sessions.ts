import type { Handle } from '../store/handle.ts'
import { findSession } from '../store/administration.ts'
import type { Context } from './context.ts'
import { printable } from './printable.ts'
import { EXIT, Problem } from './problem.ts'

/** The most handles that are listed when a beginning is ambiguous. */
const MOST_NAMED = 10

/** The sessions that an operator named. */
export interface Meant {
  /** Their handles, each once, in the order of the arguments. */
  readonly handles: readonly Handle[]
  /** The beginnings that no handle has. */
  readonly unknown: readonly string[]
}

/**
 * Finds handles by their beginnings. A whole handle costs no command. For a beginning, the store looks at all sessions,
 * on a Cluster at those of one shard.
 *
 * @throws {Problem} for a beginning that several handles have, before anything is done to any session
 */
export async function sessionsMeant (context: Context, texts: readonly string[]): Promise<Meant> {
  const { store } = context
  const handles = new Set<Handle>()
  const unknown: string[] = []
  for (const text of texts) {
    const found = store.handles.isWhole(text) ? [text] : await store.handles.find(text, MOST_NAMED + 1)
    const [first, ...others] = found
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
  return [`Several handles begin with ${text}. Nothing was done. They are:`, ...named, ...many].join('\n')
}
