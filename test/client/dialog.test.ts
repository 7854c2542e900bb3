import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isSpoken } from '../../src/client/warning/announcer.ts'
import { en } from '../../src/client/locales/en.ts'
import type { MonitorSnapshot } from '../../src/client/monitor/monitor-api.ts'
import { TabTitle } from '../../src/client/warning/tab-title.ts'
import type { Warning } from '../../src/client/warning/warning-content.ts'
import { warningOf } from '../../src/client/warning/warning-content.ts'

const WARNED: MonitorSnapshot = { state: 'warning', concealed: false, extendable: true, endsBy: 'idle', reason: null, refused: false, user: null, warnAfter: 540, expireAfter: 600 }
const SIGN_OUT = { isOffered: true, hasFailed: false }

describe('isSpoken', () => {
  it('speaks at 60, 30, 20 and 10 seconds only', () => {
    const spoken = Array.from({ length: 120 }, (_, i) => 120 - i).filter(now => isSpoken(now + 1, now))
    assert.deepEqual(spoken, [60, 30, 20, 10])
  })

  it('speaks once for marks that were slept through, and not for the reading that opened the warning', () => {
    assert.ok(isSpoken(45, 12))
    assert.ok(!isSpoken(0, 60))
    assert.ok(!isSpoken(60, 60))
    assert.ok(!isSpoken(10, 590), 'more time than before')
  })
})

describe('warningOf', () => {
  const warning = (changes: Partial<MonitorSnapshot>, signOut = SIGN_OUT): Warning | null => warningOf({ ...WARNED, ...changes }, en, signOut)

  it('says nothing while all is well, and nothing when it is over', () => {
    assert.equal(warning({ state: 'active' }), null)
    assert.equal(warning({ state: 'ended', concealed: true, reason: 'idle' }), null)
  })

  it('offers more time while activity helps', () => {
    assert.deepEqual(warning({}), {
      content: { title: en.title, text: en.idle, note: '', answer: en.stay, offersSignOut: true }, answer: 'extend', isTimed: true
    })
  })

  it('offers none when the end comes whatever anybody does', () => {
    const absolute = warning({ extendable: false, endsBy: 'absolute' })
    assert.deepEqual([absolute?.answer, absolute?.content.answer, absolute?.content.text], ['dismiss', en.close, en.absolute])
  })

  it('says that the server cannot be reached', () => {
    assert.equal(warning({ state: 'offline' })?.content.note, en.offline)
  })

  it('counts nothing down and offers no sign-out while nobody knows whether the session is alive', () => {
    assert.deepEqual(warning({ state: 'offline', concealed: true }), {
      content: { title: en.hiddenTitle, text: en.hidden, note: '', answer: en.retry, offersSignOut: false }, answer: 'check', isTimed: false
    })
  })

  it('says that a sign-out has failed, even when the session has been extended meanwhile', () => {
    assert.equal(warning({ state: 'active' }, { isOffered: true, hasFailed: true })?.content.note, en.signOutFailed)
    assert.equal(warning({ state: 'ended' }, { isOffered: true, hasFailed: true }), null)
  })
})

describe('TabTitle', () => {
  /** A document that trims its title, as browsers do. */
  const documentOf = (text: string): { title: string } => ({ get title () { return text }, set title (given) { text = given.trim().replace(/\s+/g, ' ') } })

  it('stands in front of the page\'s title and goes without a trace', () => {
    const document = documentOf('Records')
    const title = new TabTitle(document)
    for (const text of ['in 2', 'in 1']) title.show(text)
    assert.equal(document.title, 'in 1 · Records')
    title.restore()
    assert.equal(document.title, 'Records')
  })

  it('keeps what the page makes of its title meanwhile', () => {
    for (const [change, left] of [[() => 'Inbox', 'Inbox'], [(title: string) => `${title} *`, 'Records *']] as const) {
      const document = documentOf('Records')
      const title = new TabTitle(document)
      title.show('in 2')
      document.title = change(document.title)
      title.show('in 1')
      assert.equal(document.title, `in 1 · ${left}`)
      title.restore()
      assert.equal(document.title, left)
      document.title = 'Later'
      title.restore()
      assert.equal(document.title, 'Later')
    }
  })

  it('keeps a title that the page set after the last second', () => {
    const document = documentOf('Records')
    const title = new TabTitle(document)
    title.show('in 1')
    document.title = 'Inbox'
    title.restore()
    assert.equal(document.title, 'Inbox')
  })

  it('stands alone where the page has no title, and where it must not be seen', () => {
    const document = documentOf('')
    const title = new TabTitle(document)
    title.show('in 1')
    assert.equal(document.title, 'in 1')
    title.restore()
    assert.equal(document.title, '')
    document.title = 'Ada Lovelace, diagnosis'
    title.show('in 1')
    title.show('Hidden', true)
    assert.equal(document.title, 'Hidden')
    title.restore()
    assert.equal(document.title, 'Ada Lovelace, diagnosis')
  })

  it('is nothing new to the page when the text is the same again after the page was warned once', () => {
    const document = documentOf('Records')
    const title = new TabTitle(document)
    title.show('in 1')
    title.restore()
    title.show('in 1')
    title.restore()
    assert.equal(document.title, 'Records')
  })
})
