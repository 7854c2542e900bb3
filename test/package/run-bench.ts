import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** @returns what a bench prints */
export async function runBench (file: string, args: readonly string[]): Promise<string> {
  const nodeArgs = ['--expose-gc', '--import', 'tsx', `bench/${file}.ts`]
  const options = { cwd: ROOT, timeout: 120_000 }
  const { stdout } = await promisify(execFile)(process.execPath, [...nodeArgs, ...args], options)
  return stdout
}
