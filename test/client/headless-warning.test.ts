import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { createWarningSource } from '../../src/client/headless-warning.ts'
import { de } from '../../src/client/locales/de.ts'
import { en } from '../../src/client/locales/en.ts'
import { FakeMonitor } from './fake-monitor.ts'

describe('the warning for a look of one\'s own', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }))
  afterEach(() => mock.timers.reset())

  function open (options: Parameters<typeof createWarningSource>[1] = {}) {
    const monitor = new FakeMonitor()
    const source = createWarningSource(monitor, { locales: [en, de], lang: 'en', ...options })
    const told: Array<number | null | undefined> = []
    return { monitor, source, told, listen: () => source.subscribe(() => { told.push(source.getSnapshot()?.seconds) }) }
  }

  it('says nothing at first, then says what the dialog says, in the language of the page', () => {
    const { monitor, source } = open({ lang: 'de', texts: { stay: 'Bin da' } })
    assert.equal(source.getSnapshot(), null)
    monitor.warn(42)
    const { title, text, answerLabel, signOutLabel, seconds, note, isBusy, lang } = source.getSnapshot() ?? {}
    assert.deepEqual(
      [title, answerLabel, signOutLabel, seconds, note, isBusy, lang],
      [de.title, 'Bin da', 'Abmelden', 42, '', false, 'de']
    )
    assert.match(String(text), /in 42 Sekunden/)
  })

  it('counts every second while a listener is subscribed, and is the same object in between', () => {
    const { monitor, source, told, listen } = open()
    const stop = listen()
    monitor.warn(3)
    assert.equal(source.getSnapshot(), source.getSnapshot())
    for (let i = 0; i < 4; i++) mock.timers.tick(1000)
    assert.deepEqual(told, [3, 2, 1, 0])
    stop()
    assert.equal(monitor.listeners, 0)
    monitor.warn(60)
    mock.timers.tick(5000)
    assert.equal(told.length, 4)
    assert.equal(source.getSnapshot()?.seconds, 55, 'it is right for whoever asks, all the same')
  })

  it('is listened to and left by several, again and again', () => {
    const { monitor, told, listen } = open()
    for (let i = 0; i < 3; i++) {
      const stops = [listen(), listen()]
      monitor.warn(9)
      for (const stop of stops) stop()
      assert.equal(monitor.listeners, 0)
      monitor.relax()
    }
    assert.ok(told.length > 0)
  })

  it('extends and closes, or asks again if the server cannot be reached', async () => {
    const { monitor, source, listen } = open()
    listen()
    monitor.warn(9)
    await source.answer()
    assert.deepEqual([monitor.calls, source.getSnapshot()], [['extend'], null])
    monitor.warn(0, { state: 'offline', concealed: true })
    assert.deepEqual([source.getSnapshot()?.answerLabel, source.getSnapshot()?.seconds], [en.retry, null])
    await source.answer()
    assert.deepEqual(monitor.calls, ['extend', 'check'])
  })

  it('stays closed until the next warning, if no action helps', async () => {
    const { monitor, source, listen } = open()
    listen()
    monitor.warn(9, { extendable: false })
    assert.equal(source.getSnapshot()?.answerLabel, en.close)
    await source.answer()
    assert.deepEqual([source.getSnapshot(), monitor.calls], [null, []])
    monitor.relax()
    monitor.warn(9)
    assert.equal(source.getSnapshot()?.answerLabel, en.stay)
  })

  it('is busy during a sign-out, reports its failure, and offers it only if allowed', async () => {
    const { monitor, source, listen } = open()
    let fail = (): void => {}
    monitor.onSignOut = () => new Promise((_resolve, reject) => { fail = () => reject(new Error('403')) })
    listen()
    monitor.warn(9)
    const leaving = source.signOut()
    assert.equal(source.getSnapshot()?.isBusy, true)
    fail()
    await leaving
    assert.deepEqual([source.getSnapshot()?.isBusy, source.getSnapshot()?.note], [false, en.signOutFailed])
    const without = open({ signOut: false })
    without.monitor.warn(9)
    assert.equal(without.source.getSnapshot()?.signOutLabel, null)
  })
})
