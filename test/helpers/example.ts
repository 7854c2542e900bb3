import assert from 'node:assert/strict'
import { exec, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = new URL('../../', import.meta.url)

export interface RunningExample {
  readonly url: string
  /** The lines that it has written so far. */
  readonly lines: readonly string[]
}

/**
 * Starts an example by the command of its README, after the build of that command. It ends
 * the example after the test.
 *
 * @returns once the example has written where it listens
 */
export async function startExample (test: TestContext, name: string, env: NodeJS.ProcessEnv): Promise<RunningExample> {
  const command = await commandOf(name)
  const options = { cwd: fileURLToPath(ROOT), env: { ...process.env, PORT: '0', ...env } }
  const start = command.slice(command.lastIndexOf('node '))
  const before = command.slice(0, -start.length)
  if (before !== '') await promisify(exec)(`${before}true`, options)
  const child = spawn(process.execPath, start.split(' ').slice(1), { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  test.after(async () => {
    child.kill()
    await exited
  })
  const lines: string[] = []
  const url = new Promise<string>(resolve => {
    createInterface(child.stdout).on('line', line => {
      lines.push(line)
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
      if (found !== undefined) resolve(found)
    })
  })
  const ended = exited.then(([code]) => { throw new Error(`The example ended with ${code}: ${lines.join('\n')}`) })
  return { url: await Promise.race([url, ended]), lines }
}

/** Returns the one command in the README of the example. */
async function commandOf (name: string): Promise<string> {
  const readme = await readFile(new URL(`examples/${name}/README.md`, ROOT), 'utf8')
  const [, command = ''] = /```sh\n(.+)\n```/.exec(readme) ?? []
  assert.ok(command.includes('node '), `the README of ${name} shows one command, which starts Node.js`)
  return command
}
