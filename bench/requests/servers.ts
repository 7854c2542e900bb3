import type { RedisAddress } from './connect.ts'
import type { Target } from './round.ts'
import { BenchProcess } from './process.ts'
import type { Spent } from './server.ts'

export interface ServersPlan {
  readonly setUp: string
  readonly redis: RedisAddress
  /** Bytes that each session holds. */
  readonly bytes: number
  /** Number of server processes. */
  readonly servers: number
  /** Number of browsers that sign in, at all servers together. Each has its own session and user. */
  readonly signedIn: number
  readonly nodeArgs?: readonly string[]
}

interface Site {
  readonly process: BenchProcess
  readonly address: string
  readonly cookies: readonly string[]
}

/** Most users of one server. The numbers of the users of the next server begin after them. */
const USERS_OF_A_SERVER = 100_000

const SIGN_INS_AT_ONCE = 10

/** The same application in several processes, with the cookies of signed-in browsers. */
export class Servers {
  readonly #sites: readonly Site[]

  private constructor (sites: readonly Site[]) {
    this.#sites = sites
  }

  static async start ({ setUp, redis, bytes, servers, signedIn, nodeArgs = [] }: ServersPlan): Promise<Servers> {
    const sites = await Promise.all(Array.from({ length: servers }, async (_, i) => {
      const args = [setUp, redis, String(bytes), String(i * USERS_OF_A_SERVER)]
      const process = new BenchProcess('./server.ts', args, nodeArgs)
      const address = String(await process.next())
      return { process, address, cookies: await signInAll(address, Math.ceil(signedIn / servers)) }
    }))
    return new Servers(sites)
  }

  /** Returns every server with its share of so many browsers. */
  targets (path: string, browsers: number): Target[] {
    const each = Math.ceil(browsers / this.#sites.length)
    return this.#sites.map(({ address, cookies }) => ({ url: address + path, cookies: cookies.slice(0, each) }))
  }

  /** Adds up what all servers have spent since their start. */
  async spent (): Promise<Spent> {
    const all = await Promise.all(this.#sites.map(async ({ process }) => await process.ask('spent') as Spent))
    const sum = (of: (spent: Spent) => number): number => all.reduce((total, spent) => total + of(spent), 0)
    return { cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds), commands: sum(({ commands }) => commands) }
  }

  async stop (): Promise<void> {
    await Promise.all(this.#sites.map(async ({ process }) => await process.stop()))
  }
}

/** Signs browsers in, some at a time. A cold server would answer many at once later than the store's timeout. */
async function signInAll (address: string, count: number): Promise<string[]> {
  const cookies: string[] = []
  while (cookies.length < count) {
    const length = Math.min(SIGN_INS_AT_ONCE, count - cookies.length)
    cookies.push(...await Promise.all(Array.from({ length }, async () => await signIn(address))))
  }
  return cookies
}

async function signIn (address: string): Promise<string> {
  const response = await fetch(`${address}/sign-in`, { method: 'POST' })
  const [cookie = ''] = (response.headers.get('set-cookie') ?? '').split(';')
  if (!response.ok || cookie === '') throw new Error(`nobody could sign in: ${response.status}`)
  return cookie
}
