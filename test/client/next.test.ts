import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { next } from '../../src/client/monitor/next.ts'
import type { Effect, EffectValues, EventValues, Moment, MonitorInput, State } from '../../src/client/monitor/state.ts'
import { initialState } from '../../src/client/monitor/state.ts'
import { VIEW } from './view.ts'

/** A state, and events on it in turn, with nothing around it. */
class Table {
  state: State
  effects: readonly Effect[] = []
  moment: Moment = { nowMs: 1000, leaptMs: -Infinity, at: 5_000_000, random: 0.5, isHidden: false }

  constructor (options: object = {}) {
    this.state = initialState({ pingUrl: '/ping', user: 'ada', tag: 'tag', ...options }, 0)
    this.on('start', { page: { user: 'ada', tag: 'tag', view: VIEW, ...options }, askedMs: 1000 })
  }

  on<Type extends keyof EventValues> (type: Type, value: EventValues[Type]): this {
    const result = next(this.state, { ...this.moment, type, value } as MonitorInput)
    this.state = result.state
    this.effects = result.effects
    return this
  }

  /** Sets the moment, in seconds after the start. */
  at (seconds: number, moment: Partial<Moment> = {}): this {
    this.moment = { ...this.moment, nowMs: 1000 + seconds * 1000, at: 5_000_000 + seconds * 1000, ...moment }
    return this
  }

  /** Answers the last question. */
  reply (answer: EventValues['reply']['answer'], refused = false): this {
    const [question] = this.values('ask')
    assert.ok(question !== undefined, 'nothing was asked')
    return this.on('reply', { question, answer, refused })
  }

  get names (): string[] {
    return this.effects.map(([name]) => name)
  }

  values<Name extends keyof EffectValues> (name: Name): Array<EffectValues[Name]> {
    return this.effects.filter(effect => effect[0] === name).map(effect => effect[1] as EffectValues[Name])
  }
}

describe('next()', () => {
  it('changes nothing that it is given', () => {
    const { state } = new Table()
    const before = structuredClone(state)
    for (const type of ['activity', 'pagehide', 'stop', 'timer'] as const) {
      next(state, { nowMs: 700_000, leaptMs: 0, at: 0, random: 0, isHidden: false, type, value: undefined })
    }
    assert.deepEqual(state, before)
  })

  it('gives the same for the same', () => {
    const run = (): Table => new Table().at(545).on('activity', undefined)
    assert.deepEqual(run().effects, run().effects)
  })

  describe('at the start', () => {
    it('connects, says whose page it is, and waits until shortly before the warning', () => {
      const { names } = new Table()
      assert.deepEqual(names, ['disconnect', 'connect', 'sendToSite', 'notify', 'timer'])
      assert.deepEqual(new Table().values('sendToSite'), [{ user: 'ada' }])
    })

    it('asks for a page that brings no view, all tabs together', () => {
      const table = new Table({ view: undefined })
      assert.deepEqual(table.values('send'), [{ at: 5_000_000, turn: 0.5 }])
      assert.deepEqual(table.on('hint', { at: 5_000_000, turn: 0.5 }).names, ['ask', 'timer'])
    })
  })

  describe('the election', () => {
    const doubtful = (): Table => new Table().at(10).on('timer', undefined).at(20, { leaptMs: 21_000 })

    it('is won by the offer that all receive first', () => {
      const table = doubtful().on('timer', undefined)
      assert.deepEqual(table.names, ['send', 'timer'])
      assert.deepEqual(table.on('hint', { at: table.moment.at, turn: 0.5 }).names, ['ask', 'timer'])
    })

    it('is lost to another one, whose answer is waited for, and not for ever', () => {
      const table = doubtful().on('timer', undefined)
      table.on('hint', { at: table.moment.at, turn: 0.9 })
      assert.deepEqual(table.values('ask'), [])
      table.on('hint', { at: table.moment.at, turn: 0.5 })
      assert.deepEqual(table.values('ask'), [], 'its own came later')
      assert.equal(table.at(22.1).on('timer', undefined).values('ask').length, 1)
    })

    it('is not delayed for an answer to the warning', () => {
      assert.equal(new Table().at(545).on('activity', undefined).values('ask')[0]?.activityMs, 546_000)
    })
  })

  describe('deadlines', () => {
    for (const [seconds, state, concealed] of [
      [0, 'active', false], [539.9, 'active', false], [540, 'warning', false], [599.9, 'warning', false],
      [600, 'warning', true]
    ] as const) {
      it(`${state}${concealed ? ' and concealed' : ''} after ${seconds} s`, () => {
        const { snapshot } = new Table().at(seconds).on('timer', undefined).state
        assert.deepEqual([snapshot.state, snapshot.concealed], [state, concealed])
      })
    }

    for (const [what, isHidden, seconds, ms] of [
      ['the beat of a page that can be seen', false, 1, 2000],
      ['the question before the warning', true, 0, 537_000],
      ['the warning', false, 539.5, 500],
      ['the longest delay of a browser\'s timers', true, -4_000_000, 2 ** 31 - 1]
    ] as const) {
      it(`waits for ${what}`, () => {
        const table = new Table().at(seconds, { isHidden })
        if (seconds > 500) table.on('check', false)
        else table.on('timer', undefined)
        assert.deepEqual(table.values('timer'), [ms])
      })
    }

    it('counts no activity after the end, after a sleep or in place of the button', () => {
      for (const table of [
        new Table().at(601), new Table().at(10, { leaptMs: 9000 }), new Table({ extendBy: 'button' }).at(545)
      ]) {
        assert.equal(table.on('activity', undefined).state.ownMs, -Infinity)
      }
    })
  })

  describe('what is known', () => {
    const asked = (): Table => new Table().at(60).on('check', false)

    for (const [what, answer, over, names] of [
      ['goes on', { ...VIEW, tag: 'tag', user: 'ada' }, null, ['send', 'timer']],
      ['goes on under another session', { ...VIEW, tag: 'next', user: 'ada' }, null, ['send', 'connect', 'timer']],
      ['is over', { state: 'ended', reason: 'revoked' }, 'revoked', ['send', 'notify', 'leave']],
      ['is another user\'s', { ...VIEW, tag: 'next', user: 'bob' }, 'otherUser', ['send', 'notify', 'leave']]
    ] as const) {
      it(`by an answer: ${what}`, () => {
        const table = asked().reply(answer)
        assert.deepEqual([table.state.over, table.names], [over, names])
      })
    }

    it('is not changed by an answer of before a stop, or by a late one', () => {
      const stopped = asked()
      const [question] = stopped.values('ask')
      assert.ok(question !== undefined)
      stopped.on('stop', undefined)
      assert.equal(
        stopped.on('reply', { question, answer: { state: 'ended', reason: 'idle' }, refused: false }).state.over, null
      )
      const late = asked()
      late.at(61).on('check', false).reply({ ...VIEW, tag: 'tag' })
      assert.equal(
        late.on('reply', { question, answer: { state: 'ended', reason: 'idle' }, refused: false }).state.over, null
      )
    })

    for (const [what, signOut] of [
      ['by this page', table => table.on('signedOut', undefined)],
      ['by another tab', table => table.on('siteHint', { isSignOut: true })]
    ] satisfies ReadonlyArray<readonly [string, (table: Table) => Table]>) {
      it(`by a sign-out ${what}, which an answer of before it does not know of`, () => {
        const table = new Table().at(10).on('check', true)
        const [early] = table.values('ask')
        signOut(table.at(11))
        table.on('reply', { question: early, answer: VIEW, refused: false } as EventValues['reply'])
        if (table.values('ask').length === 0) table.on('check', false)
        table.reply({ state: 'ended', reason: 'none' })
        assert.equal(table.state.over, 'logout')
        assert.deepEqual(
          table.values('notify').flat().filter(name => name === 'signOut' || name === 'ended'), ['signOut', 'ended']
        )
      })
    }

    it('by no answer: longer waits, and whether asking again helps', () => {
      const table = asked().reply(null, true)
      assert.deepEqual([table.state.failures, table.state.snapshot.refused, table.state.notBeforeMs], [1, true, 62_000])
      assert.deepEqual(table.on('check', false).reply(null, false).state.notBeforeMs, 63_000)
      assert.equal(table.state.snapshot.refused, false)
    })

    it('by another tab: an answer is believed, an end is asked about', () => {
      const believed = new Table().at(60).on('hint', { at: 5_060_000, answer: { ...VIEW, tag: 'tag', user: 'ada' } })
      assert.equal(believed.state.basis.endsMs, 661_000)
      for (const answer of [{ state: 'ended', reason: 'logout' }, { ...VIEW, tag: 'x', user: 'bob' }] as const) {
        const doubted = new Table().at(60).on('hint', { at: 5_060_000, answer })
        assert.deepEqual([doubted.state.over, doubted.values('ask').length], [null, 1])
      }
    })

    it('by another page of the application', () => {
      for (const [hint, asks, concealed] of [
        [{ user: 'ada' }, 0, false], [{}, 0, false], [{ user: null }, 1, false], [{ user: 'bob' }, 1, true], [
          { isSignOut: true }, 1, false
        ]
      ] as const) {
        const table = new Table().at(60).on('siteHint', hint)
        assert.deepEqual(
          [table.values('ask').length, table.state.snapshot.concealed], [asks, concealed], JSON.stringify(hint)
        )
      }
    })
  })

  describe('a page that goes and comes', () => {
    it('is veiled, drops what it waits for, begins nothing, and asks when it is back', () => {
      const table = new Table().at(60).on('activity', undefined).at(100).on('pagehide', undefined)
      assert.deepEqual(table.effects, [['beacon', 40_000], ['notify', ['change']], ['disconnect', undefined]])
      for (const type of ['timer', 'focus', 'visibilitychange', 'online', 'activity'] as const) {
        assert.deepEqual(table.at(200).on(type, undefined).effects, [])
      }
      assert.deepEqual(table.on('check', true).effects, [])
      assert.deepEqual(table.on('hint', { at: 5_200_000, turn: 0.5 }).effects, [])
      assert.deepEqual(table.on('pageshow', undefined).names, ['connect', 'ask', 'timer'])
      assert.equal(table.reply({ ...VIEW, tag: 'tag', user: 'ada' }).state.snapshot.concealed, false)
    })
  })
})
