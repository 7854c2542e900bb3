import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installPackage } from './debian-package.ts'

/** The clock of a redis-server, which a test moves. It stands still or runs in between. */
export interface RedisClock {
  /** The variables that make a redis-server use this clock. */
  readonly env: NodeJS.ProcessEnv
  advance (seconds: number): void
}

export async function createRedisClock (dir: string, isRunning = false): Promise<RedisClock> {
  const file = join(dir, 'clock')
  const beginMs = Date.now()
  let nowMs = beginMs
  function write (): void {
    // In the middle of the millisecond: the library goes by a fraction that is not exact. Never to be read half
    // written.
    const moment = new Date(nowMs).toISOString().replace('T', ' ').replace('Z', '5')
    writeFileSync(`${file}.new`, `${isRunning ? `+${(nowMs - beginMs) / 1000}` : moment}\n`)
    renameSync(`${file}.new`, file)
  }
  write()
  return {
    env: {
      // With libc second: otherwise jemalloc, while it starts, and libfaketime call each other for ever.
      LD_PRELOAD: `${findFaketime() ?? await installFaketime()} libc.so.6`,
      FAKETIME: undefined,
      TZ: 'UTC',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1'
    },
    advance (seconds) {
      nowMs += Math.round(seconds * 1000)
      write()
    }
  }
}

function findFaketime (): string | undefined {
  return readdirSync('/usr/lib').map(folder =>
    `/usr/lib/${folder}/faketime/libfaketime.so.1`
  ).find(path => existsSync(path))
}

async function installFaketime (): Promise<string> {
  await installPackage('libfaketime', 'ls /usr/lib/*/faketime/libfaketime.so.1')
  const path = findFaketime()
  if (path === undefined) throw new Error('These tests need libfaketime: install the package "libfaketime".')
  return path
}
