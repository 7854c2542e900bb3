import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { EndedSession } from '../store/store.ts'
import { UsageProblem } from './problem.ts'

/** As `onSessionEnd`: what it throws, it is told again. */
export type OnEnd = (ended: EndedSession) => unknown

/** @throws {UsageProblem} for a file that is none, or that exports no function. */
export async function loadOnEnd (path: string): Promise<OnEnd> {
  let loaded: { readonly default?: unknown }
  try {
    loaded = await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    throw new UsageProblem(`--on-end ${JSON.stringify(path)} cannot be loaded: ${String(error)}`)
  }
  const { default: onEnd } = loaded
  if (!isOnEnd(onEnd)) {
    throw new UsageProblem(`--on-end ${JSON.stringify(path)} must be a module whose default export is a function.`)
  }
  return onEnd
}

function isOnEnd (value: unknown): value is OnEnd {
  return typeof value === 'function'
}
