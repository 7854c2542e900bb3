import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const run = promisify(execFile)

/** The top of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** The name of this package. */
export const NAME = 'fastify-session-security'

/** A project of its own, with the packed tarball. */
export interface PackedProject {
  readonly folder: string
  readonly tarball: string
  remove (): Promise<void>
}

/** A program of such a project, which listens on loopback. */
export interface Program {
  readonly address: string
  /** Sets its clock forward, where it was started with one that can be. */
  advance (ms: number): Promise<void>
  stop (): Promise<void>
}

/** Packs what was built, and installs it beside these packages. */
export async function packedProject (...packages: readonly string[]): Promise<PackedProject> {
  const project = await packed()
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages, project.tarball]
  await run('npm', install, { cwd: project.folder })
  return project
}

/** Packs the build, and unpacks it into `node_modules`. The other packages there are links to this checkout's. */
export async function unpackedProject (): Promise<PackedProject> {
  const project = await packed()
  const modules = join(project.folder, 'node_modules')
  const own = join(modules, NAME)
  await mkdir(own, { recursive: true })
  await run('tar', ['-xzf', project.tarball, '--strip-components=1', '-C', own])
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), join(modules, name))
  }
  return project
}

/** Packs what was built into the folder of a project that has no packages yet. */
export async function packed (): Promise<PackedProject> {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'))
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const { stdout } = await run('npm', pack, { cwd: root })
  const [{ filename }] = JSON.parse(stdout)
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true })
  return { folder, tarball: join(folder, filename), remove }
}

/** Starts a program on a free port, and waits until its output names its address. */
export async function startProgram (
  cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}
): Promise<Program> {
  const child = spawn(process.execPath, args, {
    cwd, env: { ...process.env, PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  const exited = once(child, 'exit')
  let output = ''
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', chunk => {
      output += String(chunk)
      const [found] = /http:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(output) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`it did not start: ${output}`)))
  })
  return {
    address,
    async advance (ms) {
      const moved = once(child, 'message')
      child.send(ms)
      await moved
    },
    async stop () {
      child.kill()
      await exited
    }
  }
}
