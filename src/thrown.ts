import { ThrownError } from './errors.ts'

/**
 * Returns a thrown Error that can be read, or an Error in its place.
 *
 * A logger that meets a throwing getter would throw too, at a place where no code expects it.
 */
export function asError (thrown: unknown): Error {
  return isReadableError(thrown) ? thrown : new ThrownError(thrown === null ? 'null' : typeof thrown)
}

/**
 * Asks a function of the application. @throws an Error, whatever value the function throws
 *
 * A hook that throws `undefined` would make Fastify go on, past the guards that come after.
 */
export function asking<Answer> (ask: () => Answer): Answer {
  try {
    return ask()
  } catch (thrown) {
    throw asError(thrown)
  }
}

/** Calls a callback that nobody waits for, and hands over its error or rejection. */
export function callBack (callback: () => unknown, onThrown: (error: Error) => void): void {
  const called = new Promise(resolve => resolve(callback()))
  called.catch((thrown: unknown) => handOver(asError(thrown), onThrown))
}

/** Hands an error to a logger, or another error if the logger cannot read it. */
export function handOver (error: Error, log: (error: Error) => void): void {
  try {
    log(error)
  } catch {
    log(new ThrownError('object'))
  }
}

function isReadableError (thrown: unknown): thrown is Error {
  try {
    if (!(thrown instanceof Error)) return false
    const { name, message, stack, cause, ...others } = thrown
    return [name, message, stack ?? ''].every(text => typeof text === 'string') && Object.values(others).length >= 0
  } catch {
    return false
  }
}
