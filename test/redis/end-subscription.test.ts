import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { RedisEndSubscription } from '../../src/store/redis/end-subscription.ts'
import { nodeRedisSubscriber } from '../../src/store/redis/node-redis/subscriber.ts'
import { NODE_REDIS } from '../helpers/node-redis.ts'

interface Heard {
  readonly subscription: RedisEndSubscription
  /** The channels of each command, in the order of the commands. */
  readonly commands: string[][]
  readonly lines: string[]
  /** Lets so many ms pass. */
  pass (ms: number): Promise<void>
}

/** A subscription whose server answers each command with an error, or with none. */
function hear (test: TestContext, ...answers: Array<Error | null>): Heard {
  test.mock.timers.enable({ apis: ['setTimeout'] })
  const [commands, lines]: [string[][], string[]] = [[], []]
  const note = (_details: object, message: string): void => { lines.push(message) }
  const subscription = new RedisEndSubscription({
    command: 'SPUBLISH',
    async subscribe (channels) {
      commands.push([...channels])
      const error = answers.shift() ?? null
      if (error !== null) throw error
    },
    async unsubscribe () {},
    close () {}
  }, family => ({ slot: 0, name: family }), () => ({ info: note, warn: note, error: note }))
  return {
    subscription,
    commands,
    lines,
    async pass (ms) {
      test.mock.timers.tick(ms)
      await setImmediate()
      await setImmediate()
    }
  }
}

function refusal (message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' })
}

describe('a subscription to ends', () => {
  it('is tried again where the way to the server was lost, as during a failover', async test => {
    const [lost, moved] = [new Error('No sharded subscriber for slot: 7'), refusal('MOVED 7 127.0.0.1:7001')]
    const { subscription, commands, lines, pass } = hear(test, lost, moved)
    assert.deepEqual(await Promise.all([subscription.add('a'), subscription.add('b')]), [false, false])
    assert.equal(subscription.command, 'SPUBLISH', 'other families are heard')
    subscription.remove('b')
    for (let i = 0; i < 20; i++) await pass(1000)
    assert.deepEqual(commands, [['a', 'b'], ['a'], ['a']])
    assert.equal(await subscription.add('a'), true)
    assert.deepEqual(lines, [])
  })

  it('is given up where the server refuses it, and that is logged once', async test => {
    const denied = refusal('NOPERM No permissions to access a channel')
    const { subscription, commands, lines, pass } = hear(test, denied, denied)
    assert.equal(await subscription.add('a'), false)
    for (let i = 0; i < 20; i++) await pass(1000)
    assert.deepEqual([subscription.command, await subscription.add('b'), commands], ['', false, [['a']]])
    assert.equal(lines.length, 1)
  })

  it('is not tried again once it is closed', async test => {
    const { subscription, commands, pass } = hear(test, new Error('Connection is closed.'))
    assert.equal(await subscription.add('a'), false)
    subscription.close()
    for (let i = 0; i < 20; i++) await pass(1000)
    assert.deepEqual(commands, [['a']])
  })
})

for (const { version, client } of NODE_REDIS) {
  describe(`a subscription by ${version}`, () => {
    it('leaves no connection where it is closed while it connects', async test => {
      const closed: Array<Promise<unknown>> = []
      const server = createServer(socket => { closed.push(once(socket.resume(), 'close')) })
      test.after(() => server.close())
      await once(server.listen(0, '127.0.0.1'), 'listening')
      const own = client({ url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}` })
      const subscriber = nodeRedisSubscriber(own, () => {})
      const [connected] = [once(server, 'connection'), subscriber.subscribe(['channel']).catch(() => { /* closed */ })]
      await Promise.resolve() // the socket is about to connect
      subscriber.close()
      await connected
      const all = Promise.all(closed).then(() => 'closed')
      assert.equal(await Promise.race([all, setTimeout(3000, 'still open', { ref: false })]), 'closed')
    })
  })
}
