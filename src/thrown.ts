import { ThrownError } from './errors.ts'

/**
 * @returns what was thrown, if it is an Error that can be read; else an Error in its place. A logger that comes across a
 * getter that throws would throw too, where nobody expects it.
 */
export function asError (thrown: unknown): Error {
  return isReadableError(thrown) ? thrown : new ThrownError(thrown === null ? 'null' : typeof thrown)
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

/** Calls a callback of the application's that nobody waits for. What it throws, or rejects with, is handed over. */
export function callBack (callback: () => unknown, onThrown: (error: Error) => void): void {
  const called = new Promise(resolve => resolve(callback()))
  called.catch((thrown: unknown) => handOver(asError(thrown), onThrown))
}

/** Hands an error of the application's to a logger. Another one goes in its place where the logger cannot read what it holds. */
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
