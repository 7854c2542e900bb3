import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What another client felt: milliseconds for a `GET`; null where none of its commands fell into that time. */
export interface Felt {
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly longestMs: number | null
}

/** Has another client, in a process of its own, ask for something all the while. */
export async function whileAnotherAsks<Result> (path: string, work: () => Promise<Result>): Promise<[Result, Felt]> {
  const other = fork(
    fileURLToPath(new URL('other-client.ts', import.meta.url)), [path], { execArgv: ['--import', 'tsx'] }
  )
  await once(other, 'message') // warm
  const result = await work()
  other.send('report')
  const [felt] = await once(other, 'message')
  const gone = once(other, 'exit')
  other.send('end')
  await gone
  return [result, felt as Felt]
}
