import type { CountingClient } from '../requests/connect.ts'

type Entry = readonly [id: number, time: number, us: number, words: readonly string[]]

/**
 * Returns the µs of each command that Redis runs during the work. Redis writes all commands into its slow log, also
 * those that scripts call.
 */
export async function commandsUs (client: CountingClient, work: () => Promise<void>): Promise<number[]> {
  await client.config('SET', 'slowlog-log-slower-than', '0')
  await client.slowlog('RESET')
  await work()
  const entries = await client.slowlog('GET', 1000) as readonly Entry[]
  await client.config('SET', 'slowlog-log-slower-than', '-1')
  return entries.filter(([, , , [command = '']]) => !/^(?:slowlog|config)$/i.test(command)).map(([, , us]) => us)
}
