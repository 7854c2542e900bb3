import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** One lock for all packages: apt-get refuses to run twice at a time. It goes with the process that holds it. */
const LOCK = join(tmpdir(), 'install-debian-package.lock')

/**
 * Installs a package on Debian, as root, where no question is needed. Elsewhere it does nothing. A second caller waits,
 * and finds the package installed.
 *
 * @param probe a shell command that succeeds if the package is installed
 */
export async function installPackage (name: string, probe: string): Promise<void> {
  const isRoot = process.getuid?.() === 0
  if (!isRoot || !isExecutable('/usr/bin/apt-get')) return
  const install = `${probe} || { apt-get update && apt-get install -y --no-install-recommends ${name}; }`
  await promisify(execFile)('flock', [LOCK, 'sh', '-c', install], {
    // In runlevel 1 a package starts no service.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }, maxBuffer: 2 ** 26
  })
}

/** Installs the packages if a program is missing. @throws if it is missing afterwards */
export async function needProgram (program: string, packages: string): Promise<void> {
  await installPackage(packages, `command -v ${program}`)
  if (findExecutable([program]) !== undefined) return
  throw new Error(`These tests need ${program}: install Debian's packages ${packages}.`)
}

/** The first of these programs that the system has. */
export function findExecutable (names: readonly string[]): string | undefined {
  const folders = ['/usr/bin', '/usr/sbin', ...(process.env.PATH ?? '').split(delimiter)]
  return names.flatMap(name => folders.map(folder => join(folder, name))).find(isExecutable)
}

function isExecutable (path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
