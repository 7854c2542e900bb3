import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Milliseconds that another client waited for a `GET`. Null if it sent none in that time. */
export interface Felt {
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly longestMs: number | null
}

/** Runs the work while another client, in its own process, sends commands all the time. */
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
