import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { run } from './run.ts'
import { signInMany } from './seed.ts'
import { docs } from '../package/docs.ts'

/** Matches a row of the docs: a command and the keys that it prints. */
const ROW = /^\| `([a-z -]+)` \| `\{ ([a-zA-Z, ]+) \}`/gm

/** The arguments of each command. */
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

describe('the output of commands for programs', () => {
  let server: TcpRedisServer
  let rows: ReadonlyArray<readonly [command: string, keys: readonly string[]]>
  before(async () => {
    server = await startRedis({ port: true, clock: true })
    await signInMany(new RedisStore({ client: server.connect(), commandTimeout: 10 }), 3, { user: 'ada' })
    const [, section = ''] = docs.split('what it prints with `--json`')
    const [table = ''] = section.split('\n\n')
    rows = [...table.matchAll(ROW)].map(([, command = '', keys = '']) => [command, keys.split(', ')])
  })
  after(async () => await server.stop())

  it('is one JSON document for each command, with the keys that the docs name', async () => {
    assert.deepEqual(rows.map(([command]) => command), Object.keys(CALLS))
    for (const [command, keys] of rows) {
      const { out, err } = await run([...command.split(' '), ...CALLS[command] ?? [], '--json', '--redis', server.url])
      assert.deepEqual([Object.keys(JSON.parse(out)), err], [keys, ''], command)
    }
  })

  it('is a line for each session that a sweep ends, and null for an unknown token', async () => {
    server.advance(60) // the ends are pending still
    const { out } = await run(['sweep', '--json', '--redis', server.url])
    const lines = out.trimEnd().split('\n').map(line => JSON.parse(line))
    const shown = lines.map(({ state, reason, user }) => [state, reason, user])
    assert.deepEqual(shown, Array(3).fill(['ended', 'revoked', 'ada']))
    const unknown = await run(['tokens', 'show', 'nobody knows', '--json', '--redis', server.url])
    assert.deepEqual(unknown, { code: 1, out: 'null\n', err: '' })
  })
})
