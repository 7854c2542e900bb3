import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const run = promisify(execFile)
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** The name of this package. */
export const NAME = 'fastify-session-security'

/** An empty folder, which is removed as this process ends. */
export async function temporaryFolder (): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The tarball that `npm run build` and `npm pack` make, in a folder. */
export async function pack (folder: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: root })
  const [{ filename }] = JSON.parse(stdout)
  return join(folder, filename)
}

/** A project whose `node_modules` contain this package as packed, and the packages of this checkout as links. */
export async function unpacked (): Promise<string> {
  const folder = await temporaryFolder()
  const modules = join(folder, 'node_modules')
  const own = join(modules, NAME)
  await mkdir(own, { recursive: true })
  await run('tar', ['-xzf', await pack(folder), '--strip-components=1', '-C', own])
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), join(modules, name))
  }
  return folder
}
