import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Draft, DraftEvent, DraftField, Stage } from '../../src/client/forms/draft.ts'
import { isUnsent, merge, next } from '../../src/client/forms/draft.ts'
import { parseDraft, writeDraft } from '../../src/client/forms/draft-text.ts'
import { lighter } from '../../src/client/forms/lighter.ts'
import type { Signs, Fit } from '../../src/client/forms/outcome.ts'
import { fitOf, needsAnswer, outcomeOf, compare } from '../../src/client/forms/outcome.ts'

const field = (key: string, value: string, more: Partial<DraftField> = {}): DraftField => ({
  key, label: key, before: '', value, isOver: false, ...more
})

const draftOf = (fields: readonly DraftField[], more: Partial<Draft> = {}): Draft =>
  ({
    id: '1', places: ['/visit'], form: 'visit', tag: 's1', typedAtMs: 1, stage: 'typed', isOpen: false, fields, ...more
  })

const typed = (key: string, value: string, heldBefore: string, before = heldBefore): DraftEvent =>
  ({ type: 'typed', field: field(key, value, { before }), heldBefore, nowMs: 2 })

/**
 * Writes a draft in short: `stage key=value …`. A `~` marks an overwritten text, a `>` stands before the sent value.
 */
function brief (draft: Draft | null): string {
  if (draft === null) return 'nothing'
  const fields = draft.fields.map(({ key, value, sent, isOver }) =>
    `${isOver ? '~' : ''}${key.split(' ')[0]}=${String(value)}${sent === undefined ? '' : `>${String(sent)}`}`)
  return [draft.stage, ...draft.isOpen ? ['open'] : [], ...fields].join(' ')
}

describe('a draft', () => {
  const one = draftOf([field('notes', 'old')])
  const two = draftOf([field('notes', 'old'), field('name', 'Ada')])
  const sent = next(two, { type: 'sent', action: '/save', held: ['notes', 'name'], historyLength: 1 }) ?? one
  for (const [what, draft, event, expected] of [
    ['takes up another field', one, typed('name', 'A', ''), 'typed notes=old name=A'],
    ['goes on in a field', one, typed('notes', 'older', 'old'), 'typed notes=older'],
    [
      'loses nothing that was typed over while it was not in the field', one, typed('notes', 'x', ''),
      'typed ~notes=old notes=x'
    ],
    ['forgets a field that holds what it held before', two, typed('notes', '', 'old'), 'typed name=Ada'],
    ['is nothing when none is left', one, typed('notes', '', 'old'), 'nothing'],
    [
      'is typed again when somebody types on after sending', sent, typed('notes', 'old!', 'old'),
      'typed name=Ada>Ada notes=old!>old'
    ],
    [
      'is not forgotten when what was sent is taken back', sent, typed('notes', '', 'old'),
      'typed name=Ada>Ada notes=>old'
    ],
    [
      'is sent as far as the page holds it', two, { type: 'sent', action: '/save', held: ['name'], historyLength: 1 },
      'sent notes=old name=Ada>Ada'
    ],
    [
      'is attempted by a script', two, { type: 'handedOver', to: 'attempted', held: ['notes', 'name'] },
      'attempted notes=old>old name=Ada>Ada'
    ],
    ['is saved', sent, { type: 'saved' }, 'nothing'],
    [
      'is saved as far as it was sent',
      draftOf([field('notes', 'old!', { sent: 'old' }), field('name', 'A', { sent: 'A' })]), { type: 'saved' },
      'typed notes=old!>old'
    ],
    ['comes back', sent, { type: 'decided', stage: 'returned', place: '/save' }, 'returned notes=old>old name=Ada>Ada'],
    ['is offered until somebody has done with it', two, { type: 'offered' }, 'typed open notes=old name=Ada'],
    [
      'is restored', { ...two, isOpen: true }, { type: 'restored', isDone: true, tag: 's2' }, 'typed notes=old name=Ada'
    ],
    [
      'stays open when something could not be brought back', two, { type: 'restored', isDone: false, tag: 's2' },
      'typed open notes=old name=Ada'
    ],
    [
      'stays sent when it is sent before it is verified', sent, { type: 'restored', isDone: true, tag: 's2' },
      'sent notes=old>old name=Ada>Ada'
    ],
    [
      'is discarded but for what the page holds', two, { type: 'discarded', held: ['name'], tag: 's2' },
      'typed name=Ada'
    ],
    ['is discarded whole', two, { type: 'discarded', held: [], tag: 's2' }, 'nothing']
  ] as ReadonlyArray<readonly [string, Draft, DraftEvent, string]>) {
    it(what, () => assert.equal(brief(next(draft, event)), expected))
  }

  it('knows the places where it was typed, and where it was sent', () => {
    assert.deepEqual(sent.places, ['/visit', '/save'])
  })

  it('is merged with text that was typed before the storage was read', () => {
    const newer = draftOf([field('notes', 'x'), field('city', 'London')], { id: '2', typedAtMs: 5 })
    assert.equal(brief(merge(two, newer)), 'typed name=Ada ~notes=old notes=x city=London')
    assert.equal(merge(two, newer).id, '2')
  })

  it('keeps at most twenty overwritten texts', () => {
    let draft: Draft | null = one
    for (let i = 0; i < 40; i++) {
      draft = draft === null
        ? null
        : next(draft, { ...typed('notes', `text ${i}`, ''), nowMs: i } as DraftEvent)
    }
    assert.equal(draft?.fields.filter(({ isOver }) => isOver).length, 20)
  })

  it('is asked about until it is sent', () => {
    const stages: Stage[] = ['typed', 'attempted', 'previewed', 'sent', 'shown', 'returned']
    assert.deepEqual(stages.filter(stage => isUnsent({ ...one, stage })), ['typed', 'attempted', 'returned'])
  })

  it('is read as it was written, and nothing else is', () => {
    const draft = draftOf([
      field('notes', 'half \ud800', { sent: 'x' }), { ...field('news', ''), before: false, value: true },
      { ...field('tests', ''), before: [], value: ['X'] }
    ])
    assert.deepEqual(parseDraft(writeDraft(draft)), draft)
    for (const text of ['', 'null', '1', '{}', '[]', writeDraft(draft)
      .replace('typed', 'stolen'), writeDraft(draft).replace('"isOpen":false', '"isOpen":1'),
    writeDraft(draft).replace('"value":true', '"value":{}'), writeDraft(draft)
      .replace('["X"]', '[1]'), writeDraft(draft).replace('["/visit"]', '"/visit"')]) {
      assert.equal(parseDraft(text), null, text)
    }
  })
})

describe('fitOf', () => {
  const notes = field('notes', 'typed', { before: 'before', sent: 'sent' })
  for (const [value, isLocked, fit] of [
    ['typed', false, 'there'], ['typed', true, 'there'], ['before', false, 'fits'], ['sent', false, 'fits'], [
      'before', true, 'blocked'
    ], ['newer', false, 'blocked']
  ] as ReadonlyArray<readonly [string, boolean, Fit]>) {
    it(
      `finds ${value}${isLocked ? ', locked' : ''}: ${fit}`,
      () => assert.equal(fitOf(notes, { value, delivered: value, isLocked }), fit)
    )
  }

  it('misses an absent field, and an overwritten one', () => {
    assert.equal(fitOf(notes, undefined), 'missing')
    assert.equal(fitOf({ ...notes, isOver: true }, { value: 'before', delivered: '', isLocked: false }), 'missing')
  })
})

describe('outcomeOf', () => {
  const plain: Signs = {
    form: 'absent',
    status: 200,
    isRedirected: false,
    isRevisit: false,
    isReload: false,
    isSkipped: false,
    isInvalid: false,
    isPutOff: false
  }
  for (const [stage, evidence, expected] of [
    ['sent', {}, 'saved'],
    ['sent', { status: 0 }, 'saved'],
    ['sent', { status: 500 }, 'returned'],
    ['sent', { form: 'delivered' }, 'returned'],
    ['sent', { form: 'delivered', status: 422 }, 'returned'],
    ['sent', { form: 'delivered', isRedirected: true }, 'shown'],
    ['sent', { form: 'delivered', isRedirected: true, isInvalid: true }, 'returned'],
    ['sent', { form: 'different', isRedirected: true }, 'saved'],
    ['sent', { form: 'different' }, 'saved'],
    ['sent', { form: 'different', status: 422 }, 'returned'],
    ['sent', { form: 'different', isRevisit: true }, 'returned'],
    ['sent', { form: 'refilled', isRevisit: true }, 'returned'],
    ['sent', { form: 'delivered', isRevisit: true }, 'shown'],
    ['sent', { isRevisit: true }, 'returned'],
    ['sent', { isRevisit: true, isReload: true }, 'saved'],
    ['sent', { isRevisit: true, isReload: true, status: 500 }, 'returned'],
    ['sent', { isRevisit: true, isReload: true, isSkipped: true }, 'returned'],
    ['sent', { form: 'different', isRevisit: true, isReload: true }, 'returned'],
    ['sent', { isRedirected: true, isPutOff: true }, 'returned'],
    ['sent', { form: 'different', isRedirected: true, isPutOff: true }, 'returned'],
    ['sent', { isSkipped: true }, 'sent'],
    ['sent', { form: 'different', isSkipped: true }, 'returned'],
    ['sent', { form: 'delivered', isSkipped: true }, 'saved'],
    ['sent', { form: 'delivered', status: 422, isSkipped: true }, 'returned'],
    ['shown', { form: 'different', isSkipped: true }, 'saved'],
    ['shown', {}, 'saved'],
    ['shown', { form: 'delivered' }, 'shown'],
    ['shown', { form: 'different', isRevisit: true }, 'shown'],
    ['attempted', {}, 'attempted'],
    ['attempted', { form: 'delivered' }, 'saved'],
    ['attempted', { form: 'delivered', status: 500 }, 'attempted'],
    ['attempted', { form: 'refilled', isRevisit: true }, 'attempted'],
    ['previewed', { form: 'different' }, 'previewed'],
    ['typed', { form: 'delivered' }, 'typed'],
    ['returned', {}, 'returned']
  ] as ReadonlyArray<readonly [Stage, Partial<Signs>, string]>) {
    it(
      `${stage} ${JSON.stringify(evidence)}: ${expected}`,
      () => assert.equal(outcomeOf(stage, { ...plain, ...evidence }), expected)
    )
  }

  it('takes a form for the same values when it shows more than half of them', () => {
    const draft = draftOf([field('a', '1'), field('b', '2'), field('c', '3')])
    const find = (shown: string, delivered: string) =>
      ({ key }: DraftField) => ({
        value: shown.includes(key) ? { a: '1', b: '2', c: '3' }[key] ?? '' : '',
        delivered: delivered.includes(key) ? { a: '1', b: '2', c: '3' }[key] : '',
        isLocked: false
      })
    assert.equal(compare(draft, find('ab', 'ab')), 'delivered')
    assert.equal(compare(draft, find('ab', '')), 'refilled')
    assert.equal(compare(draft, find('a', 'a')), 'different')
  })
})

describe('needsAnswer', () => {
  for (const [what, more, tag, fits, expected] of [
    ['of another session', {}, 's2', ['fits'], true],
    ['of this session', {}, 's1', ['fits'], false],
    ['that the page shows', {}, 's2', ['there'], false],
    ['that came back', { stage: 'returned' }, 's1', ['blocked'], true],
    ['that came back with the page', { stage: 'returned' }, 's1', ['there'], false],
    ['that was not answered', { isOpen: true }, 's1', ['there'], true]
  ] as ReadonlyArray<readonly [string, Partial<Draft>, string, readonly Fit[], boolean]>) {
    it(
      `${expected ? 'is' : 'is not'} a draft ${what}`,
      () => assert.equal(needsAnswer(draftOf([field('a', '1')], more), tag, fits), expected)
    )
  }
})

describe('lighter', () => {
  it('takes the longest text as it was kept last, until nothing is new', () => {
    const draft = draftOf([field('a', 'short'), field('b', 'long'.repeat(9)), field('c', 'longest'.repeat(9))])
    const kept = draftOf([field('c', 'lon')])
    const once = lighter(draft, kept)
    assert.equal(brief(once), `typed a=short b=${'long'.repeat(9)} c=lon`)
    const twice = once === null ? null : lighter(once, kept)
    assert.equal(brief(twice), 'typed a=short c=lon')
    const thrice = twice === null ? null : lighter(twice, kept)
    assert.equal(brief(thrice), 'typed c=lon')
    assert.equal(thrice === null ? null : lighter(thrice, kept), null)
  })
})
