import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { printable, printableJson, withoutPasswords } from '../../src/cli/printable.ts'

const HOSTILE = [
  '\u0000', '\u0007', '\n', '\r', '\u001b[2J', '\u007f', '\u009b31m', '\u202e', '\u2066', '\u200e', '\u061c', '\u200b',
  '\u2028', '\u2029', '\ufeff', '\u{e0041}', '\ud800'
]
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

describe('a text that a user wrote, at a terminal', () => {
  it('has no character that a terminal obeys, or that changes how others look', () => {
    for (const text of HOSTILE) assert.doesNotMatch(printable(`a${text}b`), UNPRINTABLE, JSON.stringify(text))
    assert.equal(printable('exe\u202egnp \u001b[31m\n'), 'exe\\u{202e}gnp \\u{1b}[31m\\u{a}')
  })

  it('keeps all other characters', () => {
    for (const text of ['Zoë', '日本語', 'שלום', '👩', 'DOMAIN\\ada', 'a  b']) assert.equal(printable(text), text)
  })

  it('is the same in JSON, and harmless', () => {
    for (const text of HOSTILE) {
      const json = printableJson({ text })
      assert.doesNotMatch(json, UNPRINTABLE)
      assert.deepEqual(JSON.parse(json), { text })
    }
  })
})

describe('a message', () => {
  it('has no password, even one that is not percent-encoded', () => {
    assert.equal(
      withoutPasswords('at redis://ada:geheim@host:1 and rediss://:p@ss/w@host'),
      'at redis://***@host:1 and rediss://***@host'
    )
    assert.equal(withoutPasswords('such as redis://user:password@host'), 'such as redis://user:password@host')
  })
})
