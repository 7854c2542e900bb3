import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Draft } from '../../src/client/forms/draft.ts'
import type { DraftStorage } from '../../src/client/forms/draft-store.ts'
import { DraftStore, dropSignedOut } from '../../src/client/forms/draft-store.ts'
import { createDraftCipher } from '../../src/client/forms/draft-cipher.ts'

const DAY_MS = 86_400_000
const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'

/** The storage of a tab, with as much space as the test says. */
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

  get text (): string {
    return [...this.map.values()].join()
  }
}

function draftOf (id: string, typedAtMs: number, value = 'typed', more: Partial<Draft> = {}): Draft {
  const field = { key: 'notes', label: 'Notes', before: '', value, isOver: false }
  return {
    id, places: ['/visit'], form: 'visit', tag: 's1', typedAtMs, stage: 'typed', isOpen: false, fields: [field], ...more
  }
}

describe('DraftStore', () => {
  const clock = { ms: Date.UTC(2026, 0, 15) }
  const kept: Array<readonly [string, boolean]> = []

  function storeOf (storage: DraftStorage, user = 'u1', draftKey?: string, site = '/ping'): DraftStore {
    const onKept = (id: string, isWhole: boolean): void => { kept.push([id, isWhole]) }
    return new DraftStore({
      storage, cipher: createDraftCipher(draftKey), site, user, ttlMs: DAY_MS, now: () => clock.ms, onKept
    })
  }

  for (const draftKey of [undefined, KEY]) {
    const how = draftKey === undefined ? 'in clear' : 'encrypted'

    it(`gives drafts back, ${how}, to the same person only`, async () => {
      const storage = new MapStorage()
      const draft = draftOf('1', clock.ms)
      const store = storeOf(storage, 'u1', draftKey)
      store.save(draft)
      await store.flush()
      assert.equal(storage.text.includes('Notes'), draftKey === undefined)
      assert.deepEqual(await storeOf(storage, 'u1', draftKey).load(), [draft])
      assert.deepEqual(await storeOf(storage, 'u', draftKey).load(), [])
      assert.equal(storage.length, 0)
    })

    it(`keeps the newest version of fast typing, ${how}, and no dropped draft`, async () => {
      const storage = new MapStorage()
      const store = storeOf(storage, 'u1', draftKey)
      for (const text of ['t', 'ty', 'typ']) store.save(draftOf('1', clock.ms, text))
      await store.flush()
      const [draft] = await storeOf(storage, 'u1', draftKey).load()
      assert.equal(draft?.fields[0]?.value, 'typ')
      for (const drop of [() => store.drop('1'), () => store.dropAll()]) {
        store.save(draftOf('1', clock.ms, 'type'))
        drop()
        await store.flush()
        assert.equal(storage.length, 0)
      }
    })

    it(`notes that a form was sent at once, ${how}`, async () => {
      const storage = new MapStorage()
      const store = storeOf(storage, 'u1', draftKey)
      store.save(draftOf('1', clock.ms))
      await store.flush()
      const encrypted = storage.text.split(' ').slice(2).join(' ')
      store.save(draftOf('1', clock.ms, 'typed', { stage: 'sent', historyLength: 3 }))
      assert.match(storage.text, /^\d+ sent(?::3)? /)
      // The page was left before the rest was written.
      storage.map.set([...storage.map.keys()][0] ?? '', `${clock.ms} sent:3 ${encrypted}`)
      const [draft] = await storeOf(storage, 'u1', draftKey).load()
      assert.deepEqual([draft?.stage, draft?.historyLength], ['sent', 3])
      assert.equal(draft?.fields[0]?.sent, 'typed')
    })
  }

  it('drops drafts of another key, old drafts and broken ones, and leaves the site\'s own data', async () => {
    const storage = new MapStorage()
    storage.setItem('theirs', 'kept')
    const store = storeOf(storage, 'u1', KEY)
    store.save(draftOf('1', clock.ms))
    await store.flush()
    assert.deepEqual(await storeOf(storage, 'u1', KEY.replace('AAE', 'BBE')).load(), [])
    assert.deepEqual([...storage.map], [['theirs', 'kept']])
    store.save(draftOf('2', clock.ms - DAY_MS + 1))
    await store.flush()
    clock.ms += 1
    assert.deepEqual(await storeOf(storage, 'u1', KEY).load(), [])
    for (const text of [
      '', '1', `${clock.ms} typed p:`, `${clock.ms} typed p:{}`, `${clock.ms} typed e:`, `${clock.ms} typed e:AAAA`
    ]) {
      storage.setItem('session-security:draft:%2Fping:u1:3', text)
      assert.deepEqual(await storeOf(storage, 'u1', KEY).load(), [], text)
      assert.deepEqual([...storage.map.keys()], ['theirs'])
    }
  })

  it('leaves the drafts of another application of the same site alone', async () => {
    const storage = new MapStorage()
    const draft = draftOf('1', clock.ms)
    const store = storeOf(storage, 'u1', KEY, '/a/ping')
    store.save(draft)
    await store.flush()
    const other = storeOf(storage, 'u2', KEY, '/b/ping')
    assert.deepEqual(await other.load(), [])
    other.dropAll()
    dropSignedOut({ storage, site: '/b/ping' })
    assert.deepEqual(await storeOf(storage, 'u1', KEY, '/a/ping').load(), [draft])
  })

  it('keeps encrypted drafts until the next page shows whether this was a sign-out', async () => {
    const storage = new MapStorage()
    const place = { storage, site: '/ping' }
    const keep = async (draftKey?: string): Promise<DraftStore> => {
      const store = storeOf(storage, 'u1', draftKey)
      store.save(draftOf('1', clock.ms))
      await store.flush()
      return store
    }
    assert.equal((await keep()).leaveForSignOut('s1'), false, 'in clear, it does not stay')
    assert.equal((await keep(KEY)).leaveForSignOut(null), false)
    assert.equal((await keep(KEY)).leaveForSignOut('s1'), true)
    assert.equal(storeOf(storage).isSignedOut('s1'), false, 'the person has stayed')
    dropSignedOut(place)
    assert.deepEqual([storage.length, storeOf(storage).isSignedOut('s2')], [1, false])
    assert.equal((await keep(KEY)).leaveForSignOut('s1'), true)
    assert.equal(storeOf(storage).isSignedOut('s2'), true)
    assert.equal((await keep(KEY)).leaveForSignOut('s1'), true)
    dropSignedOut(place)
    assert.equal(storage.length, 0)
  })

  it('keeps the last version that fits, and the other fields', async () => {
    const storage = new MapStorage()
    const store = storeOf(storage)
    store.save(draftOf('1', clock.ms, 'x'.repeat(500)))
    storage.space = 1000
    kept.length = 0
    const [notes] = draftOf('1', clock.ms, 'x'.repeat(2000)).fields
    const name = { key: 'name', label: 'Name', before: '', value: 'Ada', isOver: false }
    store.save(draftOf('1', clock.ms, '', { fields: notes === undefined ? [] : [notes, name] }))
    await store.flush()
    assert.deepEqual(kept, [['1', false]])
    const [draft] = await storeOf(storage).load()
    assert.deepEqual(draft?.fields.map(({ value }) => String(value).length), [500, 3])
    store.save(draftOf('1', clock.ms, 'x'.repeat(300)))
    await store.flush()
    assert.deepEqual(kept.at(-1), ['1', true])
  })

  it('reports a draft of which nothing can be kept', async () => {
    const storage = new MapStorage()
    storage.space = 10
    kept.length = 0
    const store = storeOf(storage)
    store.save(draftOf('1', clock.ms))
    await store.flush()
    assert.deepEqual(kept, [['1', false]])
    assert.equal(storage.length, 0)
  })
})
