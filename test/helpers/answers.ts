import { setTimeout } from 'node:timers/promises'

/** A request that is not answered fails the test, rather than hang it. */
export async function answered<Response> (response: Promise<Response>): Promise<Response> {
  const timer = new AbortController()
  const late = setTimeout(2000, undefined, { signal: timer.signal })
    .then(() => { throw new Error('the request hangs') })
  late.catch(() => {})
  try {
    return await Promise.race([response, late])
  } finally {
    timer.abort()
  }
}

/** Notes what would end the process, while `run` runs and for a moment longer. */
export async function unheard (run: () => Promise<void>): Promise<unknown[]> {
  const heard: unknown[] = []
  const note = (error: unknown): void => { heard.push(error) }
  const events = ['unhandledRejection', 'uncaughtException'] as const
  for (const event of events) Reflect.apply(process.prependListener, process, [event, note])
  try {
    await run()
    await setTimeout(20)
  } finally {
    for (const event of events) process.off(event, note)
  }
  return heard
}

/** Throws what the linter lets nobody throw: anything. */
export function throwing (thrown: unknown): never {
  throw thrown
}

/** The cookie lines of a response. */
export function linesOf ({ headers }: { readonly headers: Record<string, unknown> }): unknown[] {
  return [headers['set-cookie'] ?? []].flat()
}
