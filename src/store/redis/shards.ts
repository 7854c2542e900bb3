import { StoreUnavailableError } from '../../errors.ts'
import { check } from '../../option-checks.ts'
import type { Handle } from '../handle.ts'
import type { StoreLog } from '../store-log.ts'
import type { Answer } from './batch.ts'
import { Batch } from './batch.ts'
import type { Connections } from './connections.ts'
import { connectionsOf } from './connections.ts'
import type { Shard } from './keys.ts'
import { Keys } from './keys.ts'
import { LAYOUT_LIFE_MS, Layout } from './layout.ts'
import { Outages } from './outages.ts'
import type { RedisClient } from './redis-client.ts'
import { checkClient } from './redis-client.ts'
import { readAlone } from './read-alone.ts'
import { renewerOf } from './renew-connection.ts'
import type { Reply } from './replies.ts'
import { otherAnswer, readLoaded, readRecorded, readReply, readWatched, readWords } from './replies.ts'
import type { Verb } from './scripts.ts'
import { run } from './scripts.ts'

/** Runs verbs on one shard or on all. Every call fails in time if Redis cannot be asked. */
export class Shards {
  readonly keys: Keys
  readonly #client: RedisClient
  readonly #connections: Connections
  readonly #outages: Outages
  readonly #layout: Layout
  readonly #loads: Batch
  readonly #activities: Batch
  readonly #watches: Batch

  constructor (client: RedisClient, prefix: string, timeoutMs: number, log: () => StoreLog | undefined) {
    checkClient(client)
    check('prefix', prefix, 'a string without braces, such as "fss:"', isPrefix)
    const isCluster = client.nodes !== undefined
    this.keys = new Keys(prefix, isCluster)
    this.#client = client
    this.#connections = connectionsOf(client)
    const renew = renewerOf(client)
    this.#outages = new Outages({
      shards: this.keys.shards,
      timeoutMs,
      log,
      prove: shard => this.#connections.send(() => this.#prove(shard)),
      renew: (shard, complaint) => renew(this.#proof(shard), complaint)
    })
    this.#layout = new Layout(this.keys, this.#connections, (key, shards, writes) => {
      const life = writes ? String(LAYOUT_LIFE_MS) : ''
      return this.#askWord('layout', key, [String(shards), life])
    })
    this.#activities = new Batch(this.keys, (shard, key, args) => {
      return this.#run('record-activity', shard, [key], args, readRecorded)
    })
    this.#watches = new Batch(this.keys, (shard, key, args) => {
      this.#activities.flush()
      return this.#run('watch', shard, [key], args, readWatched)
    })
    this.#loads = new Batch(this.keys, (shard, key, args) => {
      this.#activities.flush()
      return this.#load(shard, key, args)
    })
  }

  load (handle: Handle, activity: string): Promise<Answer> {
    return this.#loads.ask(handle, activity)
  }

  recordActivity (handle: Handle, activityMs: string, timeouts: string): Promise<Answer> {
    return this.#activities.ask(handle, activityMs, timeouts)
  }

  watch (handle: Handle, mark: string): Promise<Answer> {
    return this.#watches.ask(handle, mark)
  }

  /** Counts an activity that could not be recorded. */
  countUnrecorded (): void {
    this.#outages.countUnrecorded()
  }

  /** Runs a verb about one session. */
  run (verb: Verb, handle: Handle, ...args: string[]): Promise<Reply> {
    return this.ask(verb, this.keys.shardOf(handle), this.keys.session(handle), ...args)
  }

  ask (verb: Verb, shard: Shard, keys: string | readonly string[], ...args: string[]): Promise<Reply> {
    this.#activities.flush() // the order of the calls is kept; a load may see what was asked later
    return this.#run(verb, shard, [keys].flat(), args, readReply)
  }

  /** Runs a verb about no single session. */
  askShard (verb: Verb, shard: Shard, ...args: string[]): Promise<Reply> {
    return this.ask(verb, shard, this.keys.shard(shard), ...args)
  }

  /** Runs a verb on every shard. */
  async askAll (verb: Verb, ...args: string[]): Promise<Reply[]> {
    return await Promise.all(this.keys.shards.map(shard => this.askShard(verb, shard, ...args)))
  }

  /**
   * Has every shard prove that it takes a write.
   * @throws {StoreUnavailableError | LayoutError} if a server cannot be asked, cannot write, or has the sessions of
   * another layout
   */
  async check (): Promise<void> {
    await this.settle()
    await Promise.all(this.keys.shards.map(shard => this.#send(shard, () => this.#prove(shard))))
  }

  /** Asks for the database of the client again: see {@link Connections}. */
  askForDatabase (): void {
    this.#connections.askForDatabase()
  }

  /**
   * Makes sure that this node looks for sessions where they lie.
   * @throws {LayoutError}
   */
  async settle (writes = false): Promise<void> {
    await this.#layout.settle(writes)
  }

  /**
   * Replaces the marks of applications, if they are as expected.
   * @returns the marks after that
   */
  async replaceApplication (expected: string, text: string, lifeMs: number): Promise<unknown> {
    return await this.#askWord('application', this.keys.application, [expected, text, String(lifeMs)])
  }

  /** Runs a verb that answers with one word, on the first shard. */
  #askWord (verb: Verb, key: string, args: readonly string[]): Promise<unknown> {
    return this.#send(0, async () => readWords(await run(this.#client, verb, [key], args))[0])
  }

  /**
   * Reads the one session of a passive request by plain commands, which cost Redis less. Rare cases are left to the
   * script.
   */
  async #load (shard: Shard, key: string, args: readonly string[]): Promise<Reply> {
    if (args.length === 1 && args[0] === '' && this.#client.pipeline !== undefined) {
      const plain = await this.#settled(shard, false, () => readAlone(this.#client, key))
      if (plain !== null) return plain
    }
    return await this.#run('load', shard, [key], args, readLoaded)
  }

  #send<Answer> (shard: Shard, command: () => Promise<Answer>): Promise<Answer> {
    return this.#outages.run(shard, () => this.#connections.send(command))
  }

  async #prove (shard: Shard): Promise<void> {
    const answer = await run(this.#client, 'prove', [this.#proof(shard)], [])
    if (String(answer) !== 'proven') throw otherAnswer(answer)
  }

  /** Returns the key that a proof is about. */
  #proof (shard: Shard): string {
    return this.keys.index(shard, 'open')
  }

  /** Runs a verb. The breaker counts an answer that `read` refuses as none. */
  #run (
    verb: Verb, shard: Shard, keys: readonly string[], args: readonly string[], read: (reply: unknown) => Reply
  ): Promise<Reply> {
    return this.#settled(shard, !READING.has(verb), async () => read(await run(this.#client, verb, keys, args)))
  }

  #settled<Answer> (shard: Shard, isWriting: boolean, command: () => Promise<Answer>): Promise<Answer> {
    const send = (): Promise<Answer> => this.#send(shard, command)
    return this.#layout.isSettled(isWriting) ? send() : this.#settleFirst(isWriting, send)
  }

  async #settleFirst<Answer> (isWriting: boolean, send: () => Promise<Answer>): Promise<Answer> {
    const { shards } = this.keys
    await this.#layout.settle(isWriting)
    if (shards === this.keys.shards) return await send()
    throw new StoreUnavailableError('the store has only now learned the number of shards: the next call works')
  }
}

/** The verbs that write no session, and so do not write the layout. */
const READING: ReadonlySet<Verb> = new Set([
  'load', 'find', 'watch', 'list', 'handles', 'stats', 'token-find', 'token-list', 'token-count'
])

function isPrefix (value: unknown): boolean {
  return typeof value === 'string' && !/[{}]/.test(value)
}
