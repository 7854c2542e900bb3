import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HELP } from '../../src/demo/settings.ts'
import { runProcess } from './run.ts'

describe('demo', () => {
  it('receives its arguments, and checks them itself', async () => {
    assert.deepEqual(
      await runProcess(['demo', '--help', '--port', '1']),
      { code: 0, out: HELP, err: '' }
    )
    assert.deepEqual(await runProcess(['demo', '--port', 'x', '--redis', 'redis://127.0.0.1:1']), {
      code: 2, out: '', err: '--port must be a number from 0 to 65535; received "x".\n'
    })
  })
})
