import { NoSessionError, StoreUnavailableError } from '../errors.ts'
import { check, isFunction, kindOf } from '../option-checks.ts'
import type { ConnectionEnd } from './end.ts'
import { closeCodeOf } from './end.ts'

/** A WebSocket of `ws`, as @fastify/websocket gives it. */
interface NodeSocket {
  readonly readyState: number
  send (data: string): unknown
  close (code?: number, reason?: string): unknown
  on (event: 'close', listener: () => void): unknown
}

/** A WebSocket as the standard defines it. */
interface StandardSocket {
  readonly readyState: number
  send (data: string): unknown
  close (code?: number, reason?: string): unknown
  addEventListener (event: 'close', listener: () => void): unknown
}

/** A `ServerResponse`, of HTTP/1.1 or HTTP/2. One of HTTP/2 has a stream. */
interface RawResponse {
  readonly headersSent: boolean
  readonly stream?: { close (code: number): unknown }
  destroy (): unknown
  on (event: 'close', listener: () => void): unknown
}

/** The objects that `attach()` can close when the session ends. */
export type ConnectionTarget =
  | NodeSocket | StandardSocket | RawResponse | AbortController
  /** A reply of Fastify that streams. The plugin cuts its connection. */
  | { readonly raw: RawResponse }
  /** Anything else that can be closed. The log has what `close` throws, and why a promise that it returns rejects. */
  | { close (reason: ConnectionEnd): unknown }

/** Closes and observes a target, whatever it is. */
export interface Connection {
  close (reason: ConnectionEnd): unknown
  readonly isOpen: boolean
  /** Calls back when the target closes by itself, if it can say so. */
  listen (onClosed: () => void): void
}

/** The ms for which a closed WebSocket may answer. The server still receives messages until then. */
const CLOSING_MS = 1000

/** The error code of RFC 9113, section 7. Without an error, a browser takes a cut response for a whole one. */
const HTTP2_INTERNAL_ERROR = 2

/** The `readyState` from which a WebSocket is about to close. */
const CLOSING = 2

const EXPECTED = 'a WebSocket, a reply that streams, a ServerResponse, an AbortController, or { close(reason) }'

/**
 * Makes the connection of a target.
 * @throws {BadOptionError} for a target that cannot be closed
 */
export function connectionOf (target: unknown): Connection {
  check('target', target, EXPECTED, value => typeof value === 'object' && value !== null, kindOf)
  const raw: unknown = Reflect.get(Object(target), 'raw')
  if (isResponse(raw)) return new ResponseConnection(raw)
  if (isResponse(target)) return new ResponseConnection(target)
  if (isSocket(target)) return new SocketConnection(target)
  if (isController(target)) return new ControllerConnection(target)
  check('target', target, EXPECTED, isClosable, kindOf)
  return new OtherConnection(target as { close (reason: ConnectionEnd): unknown })
}

class SocketConnection implements Connection {
  readonly #socket: NodeSocket | StandardSocket

  constructor (socket: NodeSocket | StandardSocket) {
    this.#socket = socket
  }

  /** Closes the socket, and cuts it if the peer does not answer. `ws` would go on to receive messages. */
  close (reason: ConnectionEnd): void {
    const socket = this.#socket
    socket.close(closeCodeOf(reason), reason)
    if (!hasMethod(socket, 'terminate') || socket.readyState > CLOSING) return
    const patience = setTimeout(() => socket.terminate(), CLOSING_MS).unref()
    listen(socket, () => clearTimeout(patience))
  }

  get isOpen (): boolean { return this.#socket.readyState < CLOSING }

  listen (onClosed: () => void): void {
    listen(this.#socket, onClosed)
  }
}

/** A response, whose connection is cut. A regular end would tell the client that the response is complete. */
class ResponseConnection implements Connection {
  readonly #raw: RawResponse

  constructor (raw: RawResponse) {
    this.#raw = raw
  }

  close (): void {
    const { stream } = this.#raw
    if (stream === undefined) this.#raw.destroy()
    else stream.close(HTTP2_INTERNAL_ERROR)
  }

  get isOpen (): boolean { return !isOver(this.#raw) }

  listen (onClosed: () => void): void {
    this.#raw.on('close', onClosed)
  }
}

class ControllerConnection implements Connection {
  readonly #controller: AbortController

  constructor (controller: AbortController) {
    this.#controller = controller
  }

  close (reason: ConnectionEnd): void {
    this.#controller.abort(errorOf(reason))
  }

  get isOpen (): boolean { return !this.#controller.signal.aborted }

  listen (onClosed: () => void): void {
    this.#controller.signal.addEventListener('abort', onClosed, { once: true })
  }
}

/** The other targets whose `close` runs. A target that attaches itself again there would be closed for ever. */
const closing = new WeakSet<object>()

class OtherConnection implements Connection {
  readonly #target: { close (reason: ConnectionEnd): unknown }

  constructor (target: { close (reason: ConnectionEnd): unknown }) {
    this.#target = target
  }

  async close (reason: ConnectionEnd): Promise<void> {
    if (!this.isOpen) return
    closing.add(this.#target)
    try {
      await this.#target.close(reason)
    } finally {
      closing.delete(this.#target)
    }
  }

  get isOpen (): boolean { return !closing.has(this.#target) }

  listen (): void { /* such a target cannot say so */ }
}

/** Returns the error with which an AbortController aborts. */
function errorOf (reason: ConnectionEnd): Error {
  return reason === 'unavailable'
    ? new StoreUnavailableError('the store has not answered for longer than connections.outageGrace')
    : new NoSessionError(reason)
}

function listen (socket: NodeSocket | StandardSocket, onClosed: () => void): void {
  if ('on' in socket) socket.on('close', onClosed)
  else socket.addEventListener('close', onClosed)
}

function isSocket (value: unknown): value is NodeSocket | StandardSocket {
  if (!hasMethod(value, 'close') || !hasMethod(value, 'send')) return false
  const hasEvents = hasMethod(value, 'on') || hasMethod(value, 'addEventListener')
  return hasEvents && typeof Reflect.get(value, 'readyState') === 'number'
}

function isResponse (value: unknown): value is RawResponse {
  if (!hasMethod(value, 'destroy') || !hasMethod(value, 'on')) return false
  return typeof Reflect.get(value, 'headersSent') === 'boolean'
}

/** Whether a response is complete, or its connection is gone. The stream of HTTP/2 knows. */
export function isOver (raw: object): boolean {
  const stream: unknown = Reflect.get(raw, 'stream')
  const states = ['closed', 'destroyed', 'writableFinished']
  return states.some(state => [raw, Object(stream)].some(one => Reflect.get(one, state) === true))
}

function isController (value: unknown): value is AbortController {
  return hasMethod(value, 'abort') && Reflect.get(Object(value), 'signal') instanceof AbortSignal
}

function isClosable (value: unknown): boolean {
  return hasMethod(value, 'close')
}

function hasMethod<Name extends string> (value: unknown, name: Name): value is { [Key in Name]: () => unknown } {
  return typeof value === 'object' && value !== null && isFunction(Reflect.get(value, name))
}
