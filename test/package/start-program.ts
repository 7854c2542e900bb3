import { spawn } from 'node:child_process'

export interface Program {
  /** What it says that it listens at. */
  readonly address: string
  readonly stop: () => Promise<void>
}

/** A program in a process of its own, from when it prints its address. */
export async function startProgram (cwd: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Program> {
  const all = { ...process.env, PORT: '0', ...env }
  const child = spawn(process.execPath, args, { cwd, env: all, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => { child.kill(); await exited }
  let output = ''
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', chunk => {
      output += String(chunk)
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`it did not start: ${output}`)))
  })
  return { address, stop }
}
