import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { run } from './run.ts'
import { signInMany } from './seed.ts'
import { docs } from '../package/docs.ts'

/** A row about what a command prints: its name, and the keys of the document. */
const ROW = /^\| `([a-z -]+)` \| `\{ ([a-zA-Z, ]+) \}`/gm

/** What a command of that name is given to do. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  list: [],
  show: ['abcdef'],
  end: ['abcdef'],
  'end-user': ['ada'],
  'end-all': ['--yes'],
  stats: [],
  'tokens list': [],
  'tokens revoke': ['t'],
  'tokens revoke-user': ['ada']
}

describe('what commands print for programs', () => {
  let server: TcpRedisServer
  let rows: ReadonlyArray<readonly [command: string, keys: readonly string[]]>
  before(async () => {
    server = await startRedis({ port: true, clock: true })
    await signInMany(new RedisStore({ client: server.connect(), commandTimeout: 10 }), 3, { user: 'ada' })
    const [, section = ''] = docs.split('what it prints with `--json`')
    rows = [...(section.split('\n\n')[0] ?? '').matchAll(ROW)].map(([, command = '', keys = '']) => [command, keys.split(', ')])
  })
  after(async () => await server.stop())

  it('is one document each, with the keys that the docs name', async () => {
    assert.deepEqual(rows.map(([command]) => command), Object.keys(CALLS))
    for (const [command, keys] of rows) {
      const { out, err } = await run([...command.split(' '), ...CALLS[command] ?? [], '--json', '--redis', server.url])
      assert.deepEqual([Object.keys(JSON.parse(out)), err], [keys, ''], command)
    }
  })

  it('is a line for each session that a sweep comes across, and null for a token that nobody knows', async () => {
    server.advance(60) // nobody has told of the ends since
    const { out } = await run(['sweep', '--json', '--redis', server.url])
    const lines = out.trimEnd().split('\n').map(line => JSON.parse(line))
    assert.deepEqual(lines.map(({ state, reason, user }) => [state, reason, user]), Array(3).fill(['ended', 'revoked', 'ada']))
    const unknown = await run(['tokens', 'show', 'nobody knows', '--json', '--redis', server.url])
    assert.deepEqual(unknown, { code: 1, out: 'null\n', err: '' })
  })
})
