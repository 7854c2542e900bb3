import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import { runCli } from '../../src/cli/run-cli.ts'
import { Terminal } from '../../src/cli/terminal.ts'
import { Sink } from './sink.ts'

describe('the terminal of a command', () => {
  it('shows progress to who watches, in one line that is gone before the next message', async () => {
    const err = new Sink({ isTTY: true })
    const terminal = new Terminal(new Sink(), err)
    terminal.progress('1 of 3')
    terminal.progress('2 of 3')
    await terminal.tell('done')
    await terminal.flush()
    assert.equal(err.text, '1 of 3\r\u001b[K2 of 3\r\u001b[Kdone\n')
  })

  it('shows none in a log, nor where the results scroll by themselves', () => {
    for (const [out, err] of [
      [new Sink(), new Sink()], [new Sink({ isTTY: true }), new Sink({ isTTY: true })]
    ] as const) {
      new Terminal(out, err).progress('1 of 3')
      assert.equal(err.text, '')
    }
  })

  it('is as wide as it is, and a pipe takes any width', () => {
    assert.equal(new Terminal(new Sink({ isTTY: true, columns: 60 }), new Sink()).columns, 60)
    assert.equal(new Terminal(new Sink({ isTTY: true }), new Sink()).columns, 80)
    assert.equal(new Terminal(new Sink(), new Sink()).columns, Infinity)
  })

  it('says so when nobody reads the results any more, and does not end the process by that', async () => {
    const gone = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
    await assert.rejects(new Terminal(gone, new Sink()).print('x'), /EPIPE/)
  })

  it('tells in one line that a result could not be written', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('ENOSPC: no space left'), { syscall: 'write' }))
    })
    const err = new Sink()
    assert.equal(await runCli(['env'], new Terminal(full, err), {}), 1)
    assert.equal(
      err.text, 'The result could not be written (ENOSPC: no space left). The command itself may have done its work.\n'
    )
  })

  it('has messages without passwords and without what a terminal obeys, each line on its own', async () => {
    const err = new Sink()
    await new Terminal(new Sink(), err).tell('redis://:geheim@host\n  \u001b[2J at')
    assert.equal(err.text, 'redis://***@host\n  \\u{1b}[2J at\n')
  })
})
