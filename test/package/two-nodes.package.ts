import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { needProgram } from '../helpers/debian-package.ts'
import type { RunningExample } from '../helpers/example.ts'
import { startExample } from '../helpers/example.ts'
import { freePort } from '../helpers/free-port.ts'
import { findRedis, until } from '../helpers/redis-process.ts'

const NODES = ['node-a', 'node-b']

/** A person's browser, which is nothing but its cookie. */
class Person {
  readonly #url: string
  readonly #cookie: string

  private constructor (url: string, cookie: string) {
    this.#url = url
    this.#cookie = cookie
  }

  static async signIn (url: string): Promise<Person> {
    const { headers } = await fetch(`${url}/sign-in`, { method: 'POST', redirect: 'manual' })
    return new Person(url, String(headers.get('set-cookie')).split(';', 1).join())
  }

  async ask (path: string, init: RequestInit = {}): Promise<Response> {
    return await fetch(`${this.#url}${path}`, { ...init, headers: { cookie: this.#cookie }, redirect: 'manual' })
  }

  /** @returns the node that knows the person; the status where none does */
  async node (): Promise<string> {
    const answer = await this.ask('/')
    return /Hello from ([\w-]+)/.exec(await answer.text())?.[1] ?? String(answer.status)
  }
}

async function start (test: Parameters<typeof startExample>[0]): Promise<RunningExample> {
  await needProgram('nginx', 'nginx')
  await findRedis()
  return await startExample(test, 'two-nodes', { PORT: String(await freePort()) })
}

function isRunning (pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it('two nodes behind nginx know the same sessions, and an end on one is told on the other', async test => {
  const { url, lines } = await start(test)
  const [ada, elsewhere] = await Promise.all([Person.signIn(url), Person.signIn(url)])
  const [one, another] = [await ada.node(), await ada.node()]
  assert.deepEqual([one, another].sort(), NODES, 'the nodes take turns')

  const streams = await Promise.all(NODES.map(async () => await elsewhere.ask('/session_security/push')))
  await ada.ask('/sign-out-elsewhere', { method: 'POST' })
  for (const stream of streams) assert.match(await stream.text(), /event: end\ndata: \{"reason":"revoked"\}/)
  assert.equal(await elsewhere.node(), '401')

  const [, pid] = /^node-a .* kill (\d+)$/m.exec(lines.join('\n')) ?? []
  process.kill(Number(pid))
  await until('node-a has ended', () => !isRunning(Number(pid)))
  for (let request = 1; request <= 4; request++) assert.match(await ada.node(), /^node-/)
  assert.equal((await ada.ask('/sign-out', { method: 'POST' })).status, 303)
  assert.equal(await ada.node(), '401')
})

it('nginx tells the nodes nothing that a browser makes up', async test => {
  const { url } = await start(test)
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '192.0.2.1' }
  const { headers: answer } = await fetch(`${url}/sign-in`, { method: 'POST', redirect: 'manual', headers })
  assert.doesNotMatch(String(answer.get('set-cookie')), /Secure/, 'the request came over http')
  assert.equal((await fetch(`${url}/ready`)).status, 404)
})

it('compose.yaml runs the nodes that nginx.conf names', async () => {
  const folder = new URL('../../examples/two-nodes/', import.meta.url)
  const [nginx, compose] = await Promise.all(['nginx.conf', 'compose.yaml'].map(async file => {
    return await readFile(new URL(file, folder), 'utf8')
  }))
  assert.deepEqual(nginx?.match(/(?<=server )[\w-]+(?=:3000;)/g), NODES)
  assert.deepEqual(compose?.match(/(?<=^ {2})node-\w+(?=:$)/gm), NODES)
})
