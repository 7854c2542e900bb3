import { createRequire } from 'node:module'
import { once } from 'node:events'
import type { EventEmitter } from 'node:events'

/** The parts of a WebSocket of `ws` that the tests use. The package is what @fastify/websocket is made of. */
export interface Socket extends EventEmitter {
  readonly readyState: number
  send (data: string): void
  close (): void
  terminate (): void
  pause (): void
}

const require = createRequire(import.meta.url)
const own = createRequire(require.resolve('@fastify/websocket'))
const { WebSocket } = own('ws') as { WebSocket: new (url: string, options?: object) => Socket }

/** The header of a request with these cookies. */
export function cookieHeader (cookies: Readonly<Record<string, string>>): string {
  return Object.entries(cookies).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('; ')
}

/** Connects to a server, with that cookie. */
export function connect (url: string, cookies: Readonly<Record<string, string>> = {}): Socket {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers: { cookie: cookieHeader(cookies) } })
  socket.on('error', () => { /* its close tells of it */ })
  return socket
}

/** Waits for the next message. */
export async function said (socket: Socket): Promise<string> {
  const [data] = await once(socket, 'message')
  return String(data)
}

/**
 * Waits until it is closed.
 * @returns the code and the reason
 */
export function closedBy (socket: Socket): Promise<[code: number, reason: string]> {
  return new Promise(resolve => {
    socket.once('close', (code: unknown, reason: unknown) => resolve([Number(code), String(reason)]))
  })
}
