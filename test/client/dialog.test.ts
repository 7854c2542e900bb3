import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isSpoken } from '../../src/client/warning/announcer.ts'
import { en } from '../../src/client/locales/en.ts'
import { countdownText } from '../../src/client/locales/phrases.ts'
import type { MonitorSnapshot } from '../../src/client/monitor/monitor-api.ts'
import { TabTitle } from '../../src/client/warning/tab-title.ts'
import type { Warning, WarningSituation } from '../../src/client/warning/warning-content.ts'
import { stayingOf, warningOf } from '../../src/client/warning/warning-content.ts'

const WARNED: MonitorSnapshot = {
  state: 'warning',
  concealed: false,
  extendable: true,
  endsBy: 'idle',
  reason: null,
  refused: false,
  user: null,
  warnAfter: 540,
  expireAfter: 600
}

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
  const warning = (changes: Partial<MonitorSnapshot>, situation?: WarningSituation): Warning | null =>
    warningOf({ ...WARNED, ...changes }, en, situation)

  it('says nothing while all is well', () => {
    assert.equal(warning({ state: 'active' }), null)
  })

  it('offers more time while activity helps', () => {
    assert.deepEqual(
      warning({}),
      { title: en.title, text: en.idle, note: '', label: en.stay, answer: 'extend', offersSignOut: true, isTimed: true }
    )
  })

  it('offers no more time when activity does not help', () => {
    const absolute = warning({ extendable: false, endsBy: 'absolute' })
    assert.deepEqual([absolute?.answer, absolute?.label, absolute?.text], ['close', en.close, en.absolute])
  })

  it('says that the server cannot be reached, or that something else answers in its place', () => {
    assert.equal(warning({ state: 'offline' })?.note, en.offline)
    assert.equal(warning({ state: 'offline', refused: true })?.note, en.refused)
  })

  it('counts nothing down and offers no sign-out while the state of the session is unknown', () => {
    const hidden = {
      title: en.hiddenTitle,
      text: en.hidden,
      note: '',
      label: en.retry,
      answer: 'check',
      offersSignOut: false,
      isTimed: false
    }
    assert.deepEqual(warning({ state: 'offline', concealed: true }), hidden)
    assert.deepEqual(
      warning({ state: 'offline', concealed: true }, { failed: 'answer' }), { ...hidden, note: en.offline }
    )
  })

  it('has a text and a way out for a page that is hidden for long, for any reason', () => {
    for (const state of ['active', 'warning'] as const) {
      assert.deepEqual(
        [warning({ state, concealed: true })?.text, warning({ state, concealed: true })?.answer], [en.wait, 'check'],
        state
      )
    }
    assert.equal(warning({ state: 'active', concealed: true }, { isLate: false }), null)
    assert.equal(warning({ concealed: true }, { isLate: false })?.text, en.idle)
  })

  it('has a way out of a page if something else answers its questions', () => {
    const refused = warning({ state: 'offline', concealed: true, refused: true })
    assert.deepEqual([refused?.text, refused?.label, refused?.answer], [en.refused, en.reload, 'leave'])
  })

  it('has a text for a page that is still there after its end, and none for an anonymous one', () => {
    const ended = { state: 'ended', concealed: true, reason: 'idle' } as const
    assert.deepEqual(
      [warning(ended)?.title, warning(ended)?.label, warning(ended)?.answer], [en.ended, en.signIn, 'leave']
    )
    assert.equal(warning({ ...ended, reason: 'otherUser' })?.text, en.otherUser)
    assert.equal(warning(ended, { isLate: false }), null)
    assert.equal(warning({ ...ended, concealed: false }), null)
  })

  it('says that a sign-out has failed, also when the session has been extended meanwhile', () => {
    assert.equal(warning({}, { failed: 'signOut' })?.note, en.signOutFailed)
    assert.equal(warning({ state: 'offline' }, { failed: 'signOut' })?.note, `${en.signOutFailed} ${en.offline}`)
    assert.deepEqual(
      [stayingOf(en, { failed: 'signOut' }).title, stayingOf(en, { failed: 'signOut' }).note],
      [en.stayed, en.signOutFailed]
    )
  })

  it('keeps its buttons where they are when the session goes on', () => {
    const [before, after] = [warning({}), stayingOf(en)]
    assert.deepEqual([after.label, after.offersSignOut, after.answer], [before?.label, before?.offersSignOut, 'close'])
    assert.equal(stayingOf(en, { isSigningOut: true }).title, en.signOut)
  })
})

describe('countdownText', () => {
  it('works without Intl, and with a language that Intl does not take', () => {
    assert.equal(countdownText({ ...en, lang: 'not a language' }, 62), '1 minutes 2 seconds')
    const { ListFormat } = Intl
    try {
      Object.assign(Intl, { ListFormat: undefined })
      assert.equal(countdownText(en, 62), '1 minute 2 seconds')
    } finally {
      Object.assign(Intl, { ListFormat })
    }
  })
})

describe('TabTitle', () => {
  /** Returns a document that trims its title, as browsers do. */
  const documentOf = (text: string): { title: string } => ({
    get title () { return text }, set title (given) { text = given.trim().replace(/\s+/g, ' ') }
  })

  it('stands in front of the page\'s title and goes without a trace', () => {
    const document = documentOf('Records')
    const title = new TabTitle(document)
    for (const text of ['in 2', 'in 1']) title.show(text)
    assert.equal(document.title, 'in 1 · Records')
    title.restore()
    assert.equal(document.title, 'Records')
  })

  it('keeps the page\'s own changes of its title', () => {
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

  it('stands alone if the page has no title, or must not be seen', () => {
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

  it('grows in no page that makes its title from the present one', () => {
    const changes: Array<[string, (title: string, count: number) => string, string]> = [
      ['a count in front', (title, count) => `(${count}) ${title.replace(/^\(\d+\) /, '')}`, '(9) Records'],
      ['a count behind', (title, count) => `${title.replace(/ \(\d+\)$/, '')} (${count})`, 'Records (9)'],
      [
        'a sign in front, taken away again',
        (title, count) => count % 2 === 0 ? `* ${title}` : title.replace(/^\* /, ''), 'Records'
      ]
    ]
    for (const [what, change, end] of changes) {
      const document = documentOf('Records')
      const title = new TabTitle(document)
      for (let count = 0; count < 10; count++) {
        title.show(`${12 - count} saniye içinde`, what.includes('behind') && count === 5)
        document.title = change(document.title, count)
      }
      title.restore()
      assert.equal(document.title, end, what)
    }
  })

  it('is found again after the page kept it for a while', () => {
    const document = documentOf('Records')
    const title = new TabTitle(document)
    title.show('42 seconds')
    const kept = document.title
    title.show('2 seconds')
    document.title = `Inbox, ${kept}`
    title.show('1 second')
    assert.equal(document.title, 'Inbox, 1 second · Records')
    title.restore()
    assert.equal(document.title, 'Inbox, Records')
  })
})
