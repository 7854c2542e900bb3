import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryStore } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'

const noClient = { evalsha: async () => null, eval: async () => null, info: async () => '', on: () => {} }

describe('a retention shorter than a claim holds', () => {
  for (const [name, open] of [
    ['MemoryStore', (retention: unknown) => Reflect.construct(MemoryStore, [{ retention }])],
    ['RedisStore', (retention: unknown) => Reflect.construct(RedisStore, [{ client: noClient, retention }])]
  ] as const) {
    it(`is refused by ${name}: an end would be forgotten before another node may notify of it`, () => {
      for (const retention of [59.999, 1, 0, -60, NaN, Infinity, null, '86400', true]) {
        assert.throws(() => open(retention), ({ code, message }: Error & { readonly code?: string }) => {
          return code === 'FST_SESSION_SECURITY_BAD_OPTION' &&
            message.startsWith('Option "retention" must be a number of seconds, 60 at least; received ')
        }, String(retention))
      }
      assert.throws(() => open(30), /received 30\./)
      for (const retention of [60, 86_400, undefined]) open(retention)
    })
  }
})
