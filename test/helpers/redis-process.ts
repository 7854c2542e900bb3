import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import type { NetConnectOpts } from 'node:net'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { findExecutable, installPackage } from './debian-package.ts'

const PATIENCE_MS = 20_000

export interface RedisProcess {
  readonly pid: number
  readonly running: boolean
  signal (signal: NodeJS.Signals): void
  /** Kills the process, even if it is paused, and waits for its end. */
  kill (): Promise<void>
}

/** Files of each running server, to remove when this process ends before it. */
const orphans = new Map<ChildProcess, readonly string[]>()

process.on('exit', () => {
  for (const [child, leftovers] of orphans) {
    child.kill('SIGKILL')
    for (const path of leftovers) rmSync(path, { recursive: true, force: true })
  }
})

/** The redis-server, or valkey-server, that the tests run: with `--sentinel`, it is the Sentinel too. */
export async function findRedis (): Promise<string> {
  const { REDIS_SERVER } = process.env
  if (REDIS_SERVER !== undefined && REDIS_SERVER !== '') return resolve(REDIS_SERVER)
  const found = findExecutable(['redis-server'])
  if (found !== undefined) return found
  await installPackage('redis-server', 'command -v redis-server')
  const installed = findExecutable(['redis-server'])
  if (installed === undefined) {
    throw new Error('These tests need redis-server: install the package "redis-server", or name one in REDIS_SERVER.')
  }
  return installed
}

/** Starts a redis-server in its folder, and waits until it answers there. */
export async function runRedis (
  dir: string, address: NetConnectOpts, args: readonly string[], env: NodeJS.ProcessEnv = {}
): Promise<RedisProcess> {
  const { child, pid, exited } = await spawnRedis(dir, args, env)
  const running = () => child.exitCode === null && child.signalCode === null
  const redis: RedisProcess = {
    pid,
    get running () { return running() },
    signal (signal) { child.kill(signal) },
    async kill () {
      child.kill('SIGKILL')
      await exited
    }
  }
  try {
    await until('redis-server answers', async () => !running() || await answers(address, pid))
    if (!running()) throw new Error('redis-server ended by itself')
    return redis
  } catch (error) {
    await redis.kill()
    throw new Error(`${String(error)}\n${readFileSync(logOf(dir), 'utf8')}`, { cause: error })
  }
}

async function spawnRedis (dir: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const command = [await findRedis(), ...args, '--dir', dir]
  // If the system supports it, the server ends with this process in every case.
  const setpriv = findExecutable(['setpriv'])
  const [program = '', ...rest] = setpriv === undefined ? command : [setpriv, '--pdeathsig', 'KILL', ...command]
  const log = openSync(logOf(dir), 'a')
  const child = spawn(program, rest, { env: { ...process.env, ...env }, stdio: ['ignore', log, log] })
  closeSync(log)
  const spawned = once(child, 'spawn')
  const gone = new Promise<void>(resolve => { child.once('exit', () => resolve()) })
  await spawned
  const { pid } = child
  if (pid === undefined) throw new Error(`${program} has no process`)
  // The files that libfaketime leaves behind in a killed process. The next process with this id would not start.
  const shared = [`/dev/shm/faketime_shm_${pid}`, `/dev/shm/sem.faketime_sem_${pid}`]
  orphans.set(child, [dir, ...shared])
  const exited = gone.then(() => {
    orphans.delete(child)
    for (const path of shared) rmSync(path, { force: true })
  })
  return { child, pid, exited }
}

const logOf = (dir: string): string => join(dir, 'log')

/** Whether this very process answers there, with its data loaded. A server that needs a password is ready too. */
async function answers (address: NetConnectOpts, pid: number): Promise<boolean> {
  const socket = connect(address)
  socket.setTimeout(1000, () => socket.destroy(new Error('No answer')))
  socket.end('PING\r\nINFO server\r\n')
  const reply = await text(socket)
  return reply.startsWith('-NOAUTH') || (reply.startsWith('+PONG') && reply.includes(`process_id:${pid}\r`))
}

/** Waits for something that comes to be so. A condition that throws is not met yet. */
export async function until (
  what: string, condition: () => boolean | Promise<boolean>, patienceMs = PATIENCE_MS
): Promise<void> {
  const deadline = performance.now() + patienceMs
  let cause: unknown
  while (performance.now() < deadline) {
    try {
      if (await condition()) return
    } catch (error) {
      cause = error
    }
    await sleep(10)
  }
  throw new Error(`Not within ${patienceMs} ms: ${what}`, { cause })
}
