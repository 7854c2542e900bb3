import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import { runCli } from '../../src/cli/run-cli.ts'
import { Terminal } from '../../src/cli/terminal.ts'
import { Sink } from './sink.ts'

describe('the terminal of a command', () => {
  it('shows progress in one line, and clears it before the next message', async () => {
    const err = new Sink({ isTTY: true })
    const terminal = new Terminal(new Sink(), err)
    terminal.progress('1 of 3')
    terminal.progress('2 of 3')
    await terminal.say('done')
    await terminal.flush()
    assert.equal(err.text, '1 of 3\r\u001b[K2 of 3\r\u001b[Kdone\n')
  })

  it('shows no progress in a log, nor while results scroll by', () => {
    for (const [out, err] of [
      [new Sink(), new Sink()], [new Sink({ isTTY: true }), new Sink({ isTTY: true })]
    ] as const) {
      new Terminal(out, err).progress('1 of 3')
      assert.equal(err.text, '')
    }
  })

  it('has the width of the screen; a pipe takes any width', () => {
    assert.equal(new Terminal(new Sink({ isTTY: true, columns: 60 }), new Sink()).columns, 60)
    assert.equal(new Terminal(new Sink({ isTTY: true }), new Sink()).columns, 80)
    assert.equal(new Terminal(new Sink(), new Sink()).columns, Infinity)
  })

  it('rejects a print when the reader has gone, and does not end the process', async () => {
    const gone = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
    await assert.rejects(new Terminal(gone, new Sink()).print('x'), /EPIPE/)
  })

  it('says in one line that a result could not be written', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('ENOSPC: no space left'), { syscall: 'write' }))
    })
    const err = new Sink()
    assert.equal(await runCli(['env'], new Terminal(full, err), {}), 1)
    assert.equal(
      err.text, 'The result could not be written: ENOSPC: no space left. The command may have done its work.\n'
    )
  })

  it('writes messages without passwords and without control characters, line by line', async () => {
    const err = new Sink()
    await new Terminal(new Sink(), err).say('redis://:geheim@host\n  \u001b[2J at')
    assert.equal(err.text, 'redis://***@host\n  \\u{1b}[2J at\n')
  })
})
