import { isFunction } from '../../option-checks.ts'
import type { RedisClient } from './redis-client.ts'

const watched = new WeakMap<RedisClient, Connections>()

/** Returns what is known of the connections of a client. Several stores with one client share it. */
export function connectionsOf (client: RedisClient): Connections {
  const known = watched.get(client) ?? new Connections(client)
  watched.set(client, known)
  return known
}

/**
 * Counts the connections that a client lost, and notes a wrong database.
 *
 * After a refused `SELECT`, ioredis goes on in database 0. The store would find no session there.
 */
export class Connections {
  readonly #client: RedisClient
  /** Whether the client asks for another database than 0. */
  readonly #hasDatabase: boolean
  #count = 0
  #refusal: Error | undefined

  /** Listens to the client's errors. Without a listener, ioredis prints a line for each. */
  constructor (client: RedisClient) {
    this.#client = client
    this.#hasDatabase = Number(Reflect.get(Object(Reflect.get(client, 'options')), 'db') ?? 0) !== 0
    client.on('error', error => this.#hear(error))
    client.on('close', () => {
      this.#count++
      this.#refusal = undefined
    })
  }

  /** The number of connections that the client has lost. */
  get count (): number {
    return this.#count
  }

  /**
   * Sends a command, unless Redis refused the database of the client. A new connection asks for it again.
   * @throws {Error} also if Redis refused it while the command waited for the connection
   */
  send<Answer> (command: () => Promise<Answer>): Promise<Answer> {
    return this.#hasDatabase ? this.#sendThere(command) : command()
  }

  /** Asks for the database again. A client that was connected before the store was made told nobody of a refusal. */
  askForDatabase (): void {
    const database: unknown = Reflect.get(Object(Reflect.get(this.#client, 'condition')), 'select')
    if (!this.#hasDatabase || typeof database !== 'number' || !canSelect(this.#client)) return
    this.#client.select(database).catch((error: unknown) => this.#hear(error))
  }

  async #sendThere<Answer> (command: () => Promise<Answer>): Promise<Answer> {
    this.#checkDatabase()
    const answer = await command()
    this.#checkDatabase()
    return answer
  }

  #checkDatabase (): void {
    if (this.#refusal !== undefined) throw this.#refusal
  }

  #hear (error: unknown): void {
    if (!(error instanceof Error) || error.name !== 'ReplyError') return
    if (Reflect.get(Object(Reflect.get(error, 'command')), 'name') !== 'select') return
    // No code stands in front: the error is of the connection, and another one may do what the server can.
    this.#refusal = new Error(`Redis refused the database of the client (${error.message})`)
  }
}

function canSelect (client: object): client is { select: (database: number) => Promise<unknown> } {
  return isFunction(Reflect.get(client, 'select'))
}
