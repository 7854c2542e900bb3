import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { guardHandles, toCount, toHandle, toHandles } from '../../src/cli/arguments.ts'

const PLAIN = 'a'.repeat(43)
const DASHED = `-${'b'.repeat(42)}`
const DASHES = `--${'c'.repeat(41)}`

describe('the arguments', () => {
  it('may be handles that begin with a dash, before and after options', () => {
    assert.deepEqual(guardHandles(['show', DASHED, '--json']), ['show', '--json', '--', DASHED])
    assert.deepEqual(guardHandles(['end', '--prefix', 'x:', DASHES]), ['end', '--prefix', 'x:', '--', DASHES])
    assert.deepEqual(
      guardHandles(['end-user', 'ada', '--except', DASHED, '--json']), ['end-user', 'ada', '--except', DASHED, '--json']
    )
    for (const asIs of [['show', PLAIN], ['show', '--', DASHED], ['list', '--state', 'all']]) {
      assert.deepEqual(guardHandles(asIs), asIs)
    }
  })

  it('may be beginnings of handles with a dash, where no option looks like them', () => {
    assert.deepEqual(guardHandles(['show', '-abc-1', '--json']), ['show', '--json', '--', '-abc-1'])
    assert.deepEqual(guardHandles(['end', '--json', '-abc12', PLAIN]), ['end', '--json', PLAIN, '--', '-abc12'])
    for (const asIs of [
      ['end', PLAIN, '--by', '-night-'], ['list', '-abc12'], ['show', '-h'], ['show', '-abc1'], ['show', '--abc12'],
      ['show', '--', '-abc12']
    ]) assert.deepEqual(guardHandles(asIs), asIs)
  })

  it('may be the handles of a Cluster, which begin with the letters of a shard', () => {
    assert.equal(toHandle(`0f${PLAIN}`), `0f${PLAIN}`)
    assert.deepEqual(guardHandles(['show', `0f${DASHED}`]), ['show', `0f${DASHED}`])
  })

  it('are refused when they are no handle and no count', () => {
    assert.deepEqual(toHandles(DASHED, [PLAIN]), [PLAIN, DASHED])
    for (const beginning of ['abc-_1', 'a'.repeat(42), 'ab'.repeat(22)]) assert.equal(toHandle(beginning), beginning)
    assert.equal(toCount('100000'), 100_000)
    for (const text of [
      '', 'a', 'abcde', `xy${PLAIN}`, `${PLAIN}aaa`, `${'a'.repeat(42)}=`, '../../../../../../../../../../../../../../a'
    ]) assert.throws(() => toHandle(text), /43 characters/)
    for (const text of ['', '0', '-1', '1.5', '1e3', 'ten', '99999999999']) {
      assert.throws(() => toCount(text), /whole number/)
    }
  })
})
