import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HELP, readSettings } from '../../src/demo/settings.ts'

const SECONDS = 'must be a number of seconds above 0'

describe('the settings of the demo', () => {
  it('have defaults, and a warning after a third of the time', () => {
    assert.deepEqual(readSettings([], {}), { kind: 'serve', settings: { port: 3000, warnAfter: 20, expireAfter: 60 } })
    assert.deepEqual(
      readSettings(['--expire-after', '600'], {}),
      { kind: 'serve', settings: { port: 3000, warnAfter: 200, expireAfter: 600 } }
    )
  })

  it('come from the environment, and from the command line first', () => {
    const env = { PORT: '4000', WARN_AFTER: '2.5', EXPIRE_AFTER: '30' }
    assert.deepEqual(
      readSettings([], env), { kind: 'serve', settings: { port: 4000, warnAfter: 2.5, expireAfter: 30 } }
    )
    assert.deepEqual(
      readSettings(['--port', '0', '--warn-after=5', '--expire-after', '7'], env),
      { kind: 'serve', settings: { port: 0, warnAfter: 5, expireAfter: 7 } }
    )
  })

  it('take a Redis from either', () => {
    const on = (redisUrl: string): object => ({
      kind: 'serve', settings: { port: 3000, warnAfter: 20, expireAfter: 60, redisUrl }
    })
    assert.deepEqual(readSettings([], { REDIS_URL: 'redis://127.0.0.1:6379/1' }), on('redis://127.0.0.1:6379/1'))
    assert.deepEqual(
      readSettings(['--redis', 'rediss://a:b@c:1'], { REDIS_URL: 'redis://127.0.0.1' }), on('rediss://a:b@c:1')
    )
    assert.deepEqual(readSettings([], { REDIS_URL: '' }), readSettings([], {}))
  })

  it('take an empty variable for none', () => {
    assert.deepEqual(readSettings([], { PORT: '', WARN_AFTER: '', EXPIRE_AFTER: '' }), readSettings([], {}))
  })

  const wrong: ReadonlyArray<{ args?: string[], env?: NodeJS.ProcessEnv, says: string | RegExp }> = [
    { args: ['--port', 'eighty'], says: '--port must be a number from 0 to 65535; received "eighty".' },
    { args: ['--port', '65536'], says: '--port must be a number from 0 to 65535; received "65536".' },
    { args: ['--port', '80.5'], says: '--port must be a number from 0 to 65535; received "80.5".' },
    { args: ['--warn-after=-1'], says: `--warn-after ${SECONDS}; received "-1".` },
    { args: ['--expire-after', '0'], says: `--expire-after ${SECONDS}; received "0".` },
    { args: ['--expire-after', '1h'], says: `--expire-after ${SECONDS}; received "1h".` },
    { args: ['--expire-after', ''], says: `--expire-after ${SECONDS}; received "".` },
    { env: { EXPIRE_AFTER: 'soon' }, says: `EXPIRE_AFTER ${SECONDS}; received "soon".` },
    { args: ['--redis', 'http://:secret@x'], says: '--redis must be a URL such as redis://127.0.0.1:6379.' },
    { env: { REDIS_URL: '127.0.0.1:6379' }, says: 'REDIS_URL must be a URL such as redis://127.0.0.1:6379.' },
    { env: { PORT: '-1' }, says: 'PORT must be a number from 0 to 65535; received "-1".' },
    { args: ['--warn-after', '-1'], says: /--warn-after/ },
    { args: ['--prot', '1'], says: /--prot/ },
    { args: ['now'], says: /now/ }
  ]
  for (const { args = [], env = {}, says } of wrong) {
    it(`are refused in one line: ${JSON.stringify(args)} ${JSON.stringify(env)}`, () => {
      const asked = readSettings(args, env)
      assert.equal(asked.kind, 'bad')
      assert.doesNotMatch(asked.problem, /\n/)
      if (typeof says === 'string') assert.equal(asked.problem, says)
      else assert.match(asked.problem, says)
    })
  }

  it('are explained by --help, whatever else is asked', () => {
    assert.deepEqual(readSettings(['--help', '--port', 'eighty'], {}), { kind: 'help' })
    for (const word of [
      '--port', '--warn-after', '--expire-after', 'PORT', 'WARN_AFTER', 'EXPIRE_AFTER', '--redis', 'REDIS_URL'
    ]) {
      assert.ok(HELP.includes(word), word)
    }
  })
})
