import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installPackage } from '../helpers/debian-package.ts'

/** Debian's packages for the tests. Each has a shell command that succeeds if it is installed. */
const PACKAGES: Readonly<Record<string, string>> = {
  'redis-server': 'test -n "$REDIS_SERVER" || command -v redis-server',
  'chromium-headless-shell': 'test -n "$CHROMIUM_PATH" || command -v chromium-headless-shell || command -v chromium',
  libfaketime: 'ls /usr/lib/*/faketime/libfaketime.so.1',
  openssl: 'command -v openssl'
}

/** Installs what is missing, and says so. Elsewhere than on Debian, or without root, the tests say what they miss. */
export async function setup (): Promise<void> {
  for (const [name, probe] of Object.entries(PACKAGES)) {
    if (await succeeds(probe)) continue
    console.log(`Installing Debian's package ${name}, which the tests need.`)
    await installPackage(name, probe)
  }
}

async function succeeds (command: string): Promise<boolean> {
  try {
    await promisify(execFile)('sh', ['-c', command])
    return true
  } catch {
    return false
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setup()
