import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The top of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** An empty project into which the packed tarball was installed. */
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
  const folder = await mkdtemp(join(tmpdir(), 'packed-'))
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const { stdout } = await run('npm', pack, { cwd: root })
  const [{ filename }] = JSON.parse(stdout)
  const tarball = join(folder, filename)
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages, tarball]
  await run('npm', install, { cwd: folder })
  return { folder, tarball, remove: async () => await rm(folder, { recursive: true, force: true }) }
}

/** Starts a program on a free port, and waits until its output names its address. */
export async function startProgram (cwd: string, args: readonly string[]): Promise<Program> {
  const child = spawn(process.execPath, args, {
    cwd, env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit', 'ipc']
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
