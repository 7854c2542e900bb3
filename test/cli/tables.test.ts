import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { card, table } from '../../src/cli/table.ts'
import { counted, duration, relative } from '../../src/cli/times.ts'

const ROWS = [
  { handle: 'h'.repeat(43), user: '日本', note: undefined, end: 'in 4 min' },
  { handle: 'i'.repeat(43), user: undefined, note: undefined, end: 'in 5 min' }
]

describe('a table', () => {
  it('has a column for each value that is known, aligned in every script', () => {
    assert.equal(table(ROWS, 80), [
      'HANDLE                                       USER  END\n',
      `${'h'.repeat(43)}  日本  in 4 min\n`,
      `${'i'.repeat(43)}  -     in 5 min\n`
    ].join(''))
  })

  it('is a block for each row where it does not fit, and cuts nothing', () => {
    assert.equal(
      table(ROWS, 58),
      `handle  ${'h'.repeat(43)}\nuser    日本\nend     in 4 min\n\nhandle  ${'i'.repeat(43)}\nend     in 5 min\n`
    )
  })

  it('escapes what a terminal would obey', () => {
    for (const text of [table([{ user: 'a\u001b[2J\nb' }], 80), card({ user: 'a\u001b[2J\nb' })]) {
      assert.match(text, /a\\u\{1b\}\[2J\\u\{a\}b/)
    }
  })
})

describe('times for people', () => {
  it('are in the largest unit of which there are two', () => {
    const expected = [
      [0, '0 sec'], [0.9, '0 sec'], [119, '119 sec'], [120, '2 min'], [7199, '119 min'], [7200, '2 hr'],
      [172_799, '47 hr'], [172_800, '2 days'], [1e9, '11,574 days'], [-1, '0 sec']
    ] as const
    for (const [seconds, text] of expected) assert.equal(duration(seconds), text)
  })

  it('look back and ahead', () => {
    assert.deepEqual(
      [relative(0, 240_000), relative(240_000, 0), relative(5, 5)], ['4 min ago', 'in 4 min', '0 sec ago']
    )
    assert.deepEqual(
      [counted(1, 'session'), counted(1200, 'session'), counted(0, 'end')], ['1 session', '1,200 sessions', '0 ends']
    )
  })
})
