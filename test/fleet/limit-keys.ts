import type { Cluster, Redis } from 'ioredis'
import { DEFAULT_PREFIX, Keys } from '../../src/store/redis/keys.ts'
import { toWord } from '../../src/store/redis/words.ts'
import type { LimitState, Look } from './limit-events.ts'

/** Reads a shard at one moment. The index of a user, and the records of a state, or all. */
const LOOK = `
local prefix, records = KEYS[1], {}
for _, key in ipairs(redis.call('KEYS', prefix .. 's:*')) do
  local text = string.match(redis.call('GET', key), '^[^\\n]*')
  if string.sub(text, 1, #ARGV[2]) == ARGV[2] then
    records[#records + 1] = string.sub(key, #prefix + 3)
    records[#records + 1] = text
  end
end
return { redis.call('ZRANGE', prefix .. 'u:' .. ARGV[1], 0, -1), records }
`
const STATES: Record<string, LimitState> = { live: 'live', ended: 'ended', replaced: 'renewed', renewed: 'renewed' }

/** Reads the raw keys of a fleet's users, beside the store. */
export class LimitKeys {
  readonly #redis: Redis | Cluster
  readonly #keys: Keys

  constructor (redis: Redis | Cluster) {
    this.#redis = redis
    this.#keys = new Keys(DEFAULT_PREFIX, redis.isCluster)
  }

  /** Returns the live sessions by their records, and those in the index of the user. */
  async see (user: string): Promise<Pick<Look, 'live' | 'listed'>> {
    const { listed, records } = await this.#read(user, '1 live ')
    const live = [...records].filter(([, text]) => text.split(' ')[7] === toWord(user)).map(([handle]) => handle)
    return { live, listed }
  }

  /** The states of all authenticated sessions in the shard of the user. */
  async statesBeside (user: string): Promise<Map<string, LimitState>> {
    const { records } = await this.#read(user, '')
    const states = new Map<string, LimitState>()
    for (const [handle, text] of records) {
      const state = STATES[text.split(' ')[1] ?? '']
      if (state !== undefined) states.set(handle, state)
    }
    return states
  }

  /** Returns the number of pending ends in the shard of the user. */
  async pending (user: string): Promise<number> {
    return await this.#redis.zcard(this.#keys.index(this.#keys.shardOfUser(user), 'open'))
  }

  async #read (user: string, state: string): Promise<{ listed: string[], records: Map<string, string> }> {
    const shard = this.#keys.shard(this.#keys.shardOfUser(user))
    const [listed, flat] = await this.#redis.eval(LOOK, 1, shard, toWord(user), state) as [string[], string[]]
    const records = new Map<string, string>()
    for (let i = 0; i < flat.length; i += 2) records.set(flat[i] ?? '', flat[i + 1] ?? '')
    return { listed, records }
  }
}
