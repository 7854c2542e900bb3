import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { EndedSession } from '../store/store.ts'
import { UsageProblem } from './problem.ts'

/** Handles an end, as `onSessionEnd` does. If it throws, the end stays pending. */
export type OnEnd = (ended: EndedSession) => unknown

/** @throws {UsageProblem} for a file that cannot be loaded, or whose default export is no function */
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
