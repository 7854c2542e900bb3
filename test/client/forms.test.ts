import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Draft, DraftStorage } from '../../src/client/forms/draft-store.ts'
import { DraftStore } from '../../src/client/forms/draft-store.ts'

const DAY = 86_400

/** A tab's storage, with as much space as the test says. */
class MapStorage implements DraftStorage {
  readonly map = new Map<string, string>()
  space = Infinity

  get length (): number {
    return this.map.size
  }

  key (index: number): string | null {
    return [...this.map.keys()][index] ?? null
  }

  getItem (key: string): string | null {
    return this.map.get(key) ?? null
  }

  setItem (key: string, value: string): void {
    if (value.length > this.space) throw new Error('QuotaExceededError')
    this.map.set(key, value)
  }

  removeItem (key: string): void {
    this.map.delete(key)
  }
}

const DRAFT: Omit<Draft, 'savedAtMs'> = { tag: 'one', isSent: false, values: [['0 name', 'Ada'], ['0 news', true], ['0 colours', ['red', 'blue']]] }

describe('DraftStore', () => {
  const clock = { ms: Date.UTC(2026, 0, 15) }
  const storeOf = (storage: DraftStorage, user = 'u1'): DraftStore => new DraftStore({ storage, user, ttl: DAY, now: () => clock.ms })

  it('gives back what was kept, for the same person, address and form only', () => {
    const storage = new MapStorage()
    const store = storeOf(storage)
    store.save('/form?id=5', 'visit', DRAFT)
    assert.deepEqual(storeOf(storage).load('/form?id=5', 'visit'), { ...DRAFT, savedAtMs: clock.ms })
    assert.equal(store.load('/form?id=6', 'visit'), null)
    assert.equal(store.load('/form?id=5', 'other'), null)
    assert.equal(storeOf(storage, 'u2').load('/form?id=5', 'visit'), null)
    assert.equal(storeOf(storage, 'u').load('1/form?id=5', 'visit'), null)
  })

  it('drops what somebody else typed as soon as another person is there, and nothing of the site\'s own', () => {
    const storage = new MapStorage()
    storage.setItem('theirs', 'kept')
    storeOf(storage, 'u1').save('/form', 'visit', DRAFT)
    storeOf(storage, 'u"1').save('/form', 'visit', DRAFT)
    const store = storeOf(storage, 'u1')
    store.tidy()
    assert.notEqual(store.load('/form', 'visit'), null)
    assert.equal(storage.length, 2)
    storeOf(storage, 'u2').tidy()
    assert.deepEqual([...storage.map], [['theirs', 'kept']])
  })

  it('keeps nothing longer than it was told to', () => {
    const storage = new MapStorage()
    const store = storeOf(storage)
    store.save('/form', 'visit', DRAFT)
    clock.ms += DAY * 1000 - 1
    assert.notEqual(store.load('/form', 'visit'), null)
    clock.ms += 1
    assert.equal(store.load('/form', 'visit'), null)
    store.tidy()
    assert.equal(storage.length, 0)
  })

  it('keeps 64 kB of a form, and leaves out what does not fit', () => {
    const store = storeOf(new MapStorage())
    store.save('/form', 'visit', { ...DRAFT, values: [['0 a', 'short'], ['0 b', 'x'.repeat(65_536)], ['0 c', 'x'.repeat(60_000)], ['0 d', 'x'.repeat(6000)], ['0 e', 'short']] })
    assert.deepEqual(store.load('/form', 'visit')?.values.map(([key]) => key), ['0 a', '0 c', '0 e'])
  })

  it('keeps nothing of nothing', () => {
    const storage = new MapStorage()
    const store = storeOf(storage)
    store.save('/form', 'visit', DRAFT)
    store.save('/form', 'visit', { ...DRAFT, values: [] })
    assert.equal(storage.length, 0)
  })

  it('is silent when the tab has no space left', () => {
    const storage = new MapStorage()
    storage.space = 10
    storeOf(storage).save('/form', 'visit', DRAFT)
    assert.equal(storage.length, 0)
  })

  it('drops what was sent in this session, and keeps what was sent in one that is over', () => {
    const store = storeOf(new MapStorage())
    store.save('/a', 'visit', { ...DRAFT, isSent: true })
    store.save('/b', 'visit', { ...DRAFT, isSent: true, tag: 'two' })
    store.save('/c', 'visit', DRAFT)
    store.dropSent('one')
    assert.deepEqual(['/a', '/b', '/c'].map(address => store.load(address, 'visit') !== null), [false, true, true])
  })

  it('drops all at a sign-out', () => {
    const storage = new MapStorage()
    for (const user of ['u1', 'u2']) storeOf(storage, user).save('/form', 'visit', DRAFT)
    storeOf(storage).dropAll()
    assert.equal(storage.length, 0)
  })

  for (const text of ['', 'null', '1', '{}', '[]', '{"savedAtMs":1e99,"values":1}', '{"savedAtMs":0,"tag":1,"values":[]}', '{"savedAtMs":0,"tag":null,"values":[["a",{}]]}', '{"savedAtMs":0,"tag":null,"values":[["a",[1]]]}', '{"savedAtMs":0,"tag":null,"values":["a"]}']) {
    it(`drops what is no draft: ${text}`, () => {
      const storage = new MapStorage()
      const store = storeOf(storage)
      store.save('/form', 'visit', DRAFT)
      const [key = ''] = storage.map.keys()
      storage.setItem(key, text.replace('"savedAtMs":0', `"savedAtMs":${clock.ms}`))
      assert.equal(store.load('/form', 'visit'), null)
      store.tidy()
      assert.equal(storage.length, 0)
    })
  }
})
