import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { count, duration, foreign, foreignText, moment } from '../../src/admin/format.ts'
import { fieldsOf, readSessionListing } from '../../src/admin/listing.ts'
import { outcomeFields, readOutcome } from '../../src/admin/outcome.ts'
import { comesFromHere, requestOriginOf } from '../../src/http/request-origin.ts'

describe('the words of the admin page', () => {
  it('name a duration by two units at most', () => {
    const said = [0, 0.9, 59.99, 60, 3599, 3600, 86_399, 86_400, 90_000, 1e7, -5].map(duration)
    assert.deepEqual(
      said,
      [
        '0 s', '0 s', '59 s', '1 min 0 s', '59 min 59 s', '1 h 0 min', '23 h 59 min', '1 d 0 h', '1 d 1 h',
        '115 d 17 h', '0 s'
      ]
    )
  })

  it('name a moment in UTC', () => {
    assert.equal(
      moment(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), '<time datetime="2026-01-02T03:04:05.678Z">2026-01-02 03:04:05</time>'
    )
  })

  it('count things', () => {
    assert.deepEqual(
      [0, 1, 2, 12_345].map(number => count(number, 'token')), ['0 tokens', '1 token', '2 tokens', '12,345 tokens']
    )
  })

  it('name invisible characters, and those that turn the text direction', () => {
    assert.equal(foreign('a\u202elive'), '<bdi>a<span class="unseen">U+202E</span>live</bdi>')
    assert.equal(
      foreign('\u200b<\u0000'), '<bdi><span class="unseen">U+200B</span>&#60;<span class="unseen">U+0000</span></bdi>'
    )
    assert.equal(foreignText('a\u2066b\nc'), 'aU+2066bU+000Ac')
    assert.equal(foreign('Zoë 👩‍⚕️ علی نوری'), '<bdi>Zoë 👩‍⚕️ علی نوری</bdi>')
  })

  it('hold no markup that a name brings', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), name => {
      assert.doesNotMatch(
        foreign(name).replaceAll(/<\/?bdi>|<span class="unseen">U\+[0-9A-F]{4,6}<\/span>/g, ''), /[<>"'=]/
      )
    }))
  })
})

describe('an address of the admin page', () => {
  it('is read as it was written', () => {
    const state = fc.constantFrom('live', 'ended', 'all')
    const order = fc.constantFrom('ends-last', 'ends-first', 'any')
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    const match = fc.constantFrom('whole', 'prefix')
    fc.assert(fc.property(fc.record(
      { state, order, match, user: text, cursor: text },
      { requiredKeys: ['state', 'order', 'match'], noNullPrototype: true }
    ), asked => {
      const listing = { ...asked, match: asked.user === undefined ? 'whole' : asked.match } as const
      assert.deepEqual(
        readSessionListing(new URLSearchParams(new URLSearchParams(fieldsOf(listing)).toString())), listing
      )
    }))
  })

  it('carries an outcome, and no text of its own', () => {
    const query = new URLSearchParams(outcomeFields({ done: 'user-ended-with-tokens', sessions: 2, tokens: 1 }))
    assert.equal(readOutcome(query), '2 sessions have been ended and 1 token revoked.')
    fc.assert(fc.property(fc.string(), fc.string(), (done, sessions) => {
      const text = readOutcome(new URLSearchParams({ done, sessions })) ?? ''
      assert.match(
        text,
        /^$|^The (?:session has|sweep|token)|^That session|^No (?:token|session)|^\d[\d,]* (?:session|token)s? ha/
      )
    }))
  })
})

describe('a request from elsewhere', () => {
  it('is never taken for one of this origin, whatever its Origin', () => {
    const host = 'bank.example'
    fc.assert(fc.property(fc.oneof(
      fc.webUrl(), fc.string(),
      fc.constantFrom(
        'https://bank.example@evil.example', 'https://bank.example.', 'https://evil.example#bank.example',
        'bank.example', '//bank.example'
      )
    ), origin => {
      const isHere = /^https?:\/\/bank\.example(?::(?:80|443))?(?:$|[/?#])/.test(origin)
      if (!isHere) assert.notEqual(requestOriginOf({ headers: { origin }, host }), 'same-origin')
      if (!isHere) assert.equal(comesFromHere({ headers: { referer: origin }, host }), false)
    }))
  })

  it('with an invalid Host is refused', () => {
    const headers = { origin: 'https://bank.example' }
    for (const host of ['', 'a b', '[']) assert.notEqual(requestOriginOf({ headers, host }), 'same-origin', host)
  })
})
