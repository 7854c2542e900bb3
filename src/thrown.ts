import { ThrownError } from './errors.ts'

/** @returns what was thrown, as an Error */
export function asError (thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new ThrownError(thrown === null ? 'null' : typeof thrown)
}

/**
 * Asks a function of the application's. A hook that throws `undefined` has Fastify go on, behind the guards that come after.
 * @throws an Error, whatever the function throws
 */
export function asking<Answer> (ask: () => Answer): Answer {
  try {
    return ask()
  } catch (thrown) {
    throw asError(thrown)
  }
}
