import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Changes, Contents } from '../../src/store/contents.ts'
import {
  COOKIE_KEY, RECORD_KEY, deserialize, difference, isAsLoaded, isEmpty, refuseTooLarge, serialize
} from '../../src/store/contents.ts'

const RESERVED = [
  '__proto__', 'constructor', 'sessionId', 'encryptedSessionId', 'options', 'touch', 'regenerate', 'get', 'set',
  'destroy', 'reload', 'save', 'isModified', 'isSaved'
]
const OURS = [COOKIE_KEY, RECORD_KEY]

/** Names that an application may use, among them those of every object. */
const names = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(
      'user', 'basket', '_csrf', 'flash', 'toString', 'valueOf', 'hasOwnProperty', 'toJSON', 'then', 'length', '0',
      'ключ', '🔑'
    )
  )
  .filter(name => !RESERVED.includes(name) && !OURS.includes(name))

const sessions = fc.dictionary(names, fc.jsonValue(), { maxKeys: 6 })

const contents: fc.Arbitrary<Contents> = sessions.map(session => serialize(session))

/** Applies changes as a store does. */
function apply (before: Contents, changes: Changes | null): Contents {
  if (changes === null) return before
  return Object.fromEntries(Object.entries({ ...before, ...changes.set })
    .filter(([key]) => !changes.remove.includes(key)))
}

function fitting (session: object, maxSessionBytes: number): Contents {
  const texts = serialize(session)
  refuseTooLarge(texts, { maxSessionBytes, maxSessionFields: 1000 })
  return texts
}

/** A session as JSON made it: the only way to an own key "__proto__". */
function parsed (json: string): object {
  return JSON.parse(json)
}

describe('serialize', () => {
  test('a session becomes one JSON text per top-level key', () => {
    assert.deepEqual(serialize({
      user: 'ann', roles: ['a', 'b'], seen: null, n: 1.5, ok: true, deep: { a: { b: 1 } }
    }), {
      user: '"ann"', roles: '["a","b"]', seen: 'null', n: '1.5', ok: 'true', deep: '{"a":{"b":1}}'
    })
  })

  test('an empty session has no contents', () => {
    assert.deepEqual(serialize({}), {})
  })

  test('the cookie and the record are not the application\'s, and are left out', () => {
    assert.deepEqual(serialize({ cookie: { maxAge: 1 }, [RECORD_KEY]: { v: 1 }, user: 'ann' }), { user: '"ann"' })
  })

  test('a record that is huge or cannot be written does not matter: it is not written', () => {
    const circular: Record<string, unknown> = {}
    circular.self = circular
    assert.deepEqual(serialize({ cookie: circular, [RECORD_KEY]: circular }), {})
  })

  test('values that JSON cannot express are skipped', () => {
    assert.deepEqual(
      serialize({ a: undefined, b: () => 1, c: Symbol('c'), d: { toJSON () {} }, user: 'ann' }), { user: '"ann"' }
    )
  })

  test('values with a toJSON form are written in that form', () => {
    assert.deepEqual(serialize({ at: new Date(0), nan: NaN, map: new Map([[1, 2]]), own: { toJSON: () => 'me' } }), {
      at: '"1970-01-01T00:00:00.000Z"', nan: 'null', map: '{}', own: '"me"'
    })
  })

  test('only a session\'s own keys with names are written', () => {
    assert.deepEqual(
      serialize(Object.assign(Object.create({ inherited: 1 }), { own: 2, [Symbol('hidden')]: 3 })), { own: '2' }
    )
  })

  test('a session that is written is not changed', () => {
    const session = Object.freeze({ user: Object.freeze({ name: 'ann' }) })
    serialize(session)
    assert.deepEqual(session, { user: { name: 'ann' } })
  })

  for (const key of RESERVED.filter(key => key !== '__proto__')) {
    test(`a value under "${key}" is refused by name`, () => {
      assert.throws(() => serialize({ user: 'ann', [key]: 'mine' }), (error: unknown) => {
        assert.ok(error instanceof TypeError)
        assert.equal(Reflect.get(error, 'code'), 'FST_SESSION_SECURITY_RESERVED_KEY')
        assert.match(error.message, new RegExp(`under "${key}"`))
        return true
      })
    })
  }

  test('a value under an own key "__proto__" is refused by name', () => {
    assert.throws(
      () => serialize(parsed('{"__proto__":{"admin":true}}')),
      { code: 'FST_SESSION_SECURITY_RESERVED_KEY', message: /under "__proto__"/ }
    )
  })

  test('an error shows only the beginning of a long name, or of an error that a value throws', () => {
    for (const [key, value] of [
      ['k'.repeat(1e6), 7n], ['k'.repeat(1e6) + '\ud800', 1], ['k', { toJSON () { throw new Error('k'.repeat(1e6)) } }]
    ] as const) {
      assert.throws(() => serialize({ [key]: value }), (error: unknown) => {
        assert.ok(error instanceof Error)
        assert.match(
          error.message, /^The session's "k{1,200}…?" cannot be written as JSON \(.{1,201}\)\. Nothing was saved\.$/
        )
        return true
      })
    }
    assert.throws(
      () => serialize({ 'a\ud800': 1 }),
      { message: /"a\\ud800" cannot be written as JSON \(its name has a lone surrogate\)/ }
    )
  })

  test('a method under a reserved name is no value, and is skipped', () => {
    assert.deepEqual(serialize({ destroy () {}, save: undefined, user: 'ann' }), { user: '"ann"' })
  })

  const circular: Record<string, unknown> = {}
  circular.self = circular
  const unwritable: [string, unknown, RegExp][] = [
    ['a circular value', circular, /circular/i],
    ['a BigInt', 7n, /BigInt/],
    ['a BigInt further down', { a: [{ b: 7n }] }, /BigInt/],
    ['a value whose toJSON throws', { toJSON () { throw new Error('not today') } }, /not today/],
    // eslint-disable-next-line no-throw-literal
    ['a value that throws what is no error', { toJSON () { throw 'a text' } }, /a text/]
  ]
  for (const [what, value, why] of unwritable) {
    test(`${what} is refused by key and cause, with a code`, () => {
      assert.throws(() => serialize({ user: 'ann', basket: value }), (error: unknown) => {
        assert.ok(error instanceof TypeError)
        assert.equal(Reflect.get(error, 'code'), 'FST_SESSION_SECURITY_NOT_SERIALIZABLE')
        assert.match(error.message, /"basket"/)
        assert.match(error.message, why)
        return true
      })
    })
  }

  test('a session of exactly the limit is written, and one byte more is refused with both numbers', () => {
    const session = { ab: 'cd' } // 2 bytes of key, 4 of text
    assert.deepEqual(fitting(session, 6), { ab: '"cd"' })
    assert.throws(() => fitting(session, 5), (error: unknown) => {
      assert.ok(error instanceof RangeError)
      assert.equal(Reflect.get(error, 'code'), 'FST_SESSION_SECURITY_SESSION_TOO_LARGE')
      assert.match(error.message, /holds 6 bytes; "maxSessionBytes" allows 5/)
      return true
    })
  })

  test('bytes are counted, not characters, and keys count as well', () => {
    assert.throws(
      () => fitting({ é: '🔑' }, 7), { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE', message: /holds 8 bytes/ }
    )
    assert.deepEqual(fitting({ é: '🔑' }, 8), { é: '"🔑"' })
  })

  test('the limit is for all keys together', () => {
    const session = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`k${index}`, 'x'.repeat(10)]))
    assert.throws(
      () => fitting(session, 139), { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE', message: /holds 140 bytes/ }
    )
    assert.equal(Object.keys(fitting(session, 140)).length, 10)
  })

  test('an error shows no contents of the session', () => {
    for (const session of [
      { user: 'topsecret'.repeat(10) }, { user: 'topsecret', save: 'topsecret' }, { user: ['topsecret', 7n] }
    ]) {
      assert.throws(() => fitting(session, 50), (error: unknown) => {
        assert.ok(error instanceof Error)
        assert.match(String(Reflect.get(error, 'code')), /^FST_SESSION_SECURITY_/)
        assert.doesNotMatch(error.message, /topsecret/)
        return true
      })
    }
  })

  test('the size of every session is that of its keys and texts together', () => {
    fc.assert(fc.property(sessions, session => {
      const texts = serialize(session)
      const bytes = Object.entries(texts).reduce((sum, [key, text]) => sum + Buffer.from(key + text).length, 0)
      assert.deepEqual(fitting(session, bytes), texts)
      if (bytes > 0) {
        assert.throws(() => fitting(session, bytes - 1), { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE' })
      }
    }))
  })

  test('whatever a session holds, it is written or refused with a coded error', () => {
    const anything = fc.dictionary(
      fc.oneof(names, fc.constantFrom(...RESERVED, ...OURS)),
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })
    )
    fc.assert(fc.property(anything, session => {
      try {
        for (const text of Object.values(fitting(session, 500))) assert.doesNotThrow(() => JSON.parse(text))
      } catch (error) {
        assert.ok(error instanceof Error)
        assert.match(
          String(Reflect.get(error, 'code')), /^FST_SESSION_SECURITY_(RESERVED_KEY|NOT_SERIALIZABLE|SESSION_TOO_LARGE)$/
        )
      }
    }), { numRuns: 1000 })
  })
})

describe('deserialize', () => {
  test('a session comes back as JSON carries it', () => {
    fc.assert(fc.property(sessions, session => {
      const carried = Object.entries(session).map(([key, value]) => [key, JSON.parse(JSON.stringify(value))])
      assert.deepEqual(deserialize(serialize(session)), Object.fromEntries(carried))
    }))
  })

  test('contents that were read and written again are the same texts', () => {
    fc.assert(fc.property(contents, before => {
      assert.deepEqual(serialize(read(before)), before)
    }))
  })

  test('values are fresh at each reading: nothing live is shared', () => {
    const texts = serialize({ basket: ['apple'] })
    const first = read(texts)
    assert.ok(Array.isArray(first.basket))
    first.basket.push('pear')
    assert.deepEqual(deserialize(texts), { basket: ['apple'] })
  })

  for (const key of [...RESERVED, RECORD_KEY]) {
    test(`contents with a value under "${key}" count as none`, () => {
      assert.equal(deserialize(Object.fromEntries([[key, '{"admin":true}'], ['user', '"ann"']])), null)
    })
  }

  test('the session\'s own cookie age comes back beside the contents of the application', () => {
    assert.deepEqual(deserialize({ [COOKIE_KEY]: '{"maxAge":60000}', user: '"ann"' }),
      { [COOKIE_KEY]: { maxAge: 60_000 }, user: 'ann' })
  })

  test('contents that are no JSON count as none', () => {
    assert.equal(deserialize({ user: '"ann"', cart: '[1,' }), null)
  })

  test('"__proto__" further down stays a plain key, and changes no prototype', () => {
    const texts = serialize({ form: parsed('{"__proto__":{"admin":true}}') })
    const { form } = read(texts)
    assert.ok(typeof form === 'object' && form !== null)
    assert.deepEqual(Object.keys(form), ['__proto__'])
    assert.equal(Object.getPrototypeOf(form), Object.prototype)
    assert.equal(Reflect.get(form, 'admin'), undefined)
  })
})

describe('difference', () => {
  test('two equal contents have none', () => {
    fc.assert(fc.property(sessions, session => {
      assert.equal(difference(serialize(session), serialize({ ...session })), null)
    }))
  })

  test('a new key, a changed one and a removed one are distinguished', () => {
    assert.deepEqual(
      difference({ a: '1', b: '2', c: '3' }, { a: '1', b: '20', d: '4' }), { set: { b: '20', d: '4' }, remove: ['c'] }
    )
  })

  test('it has only the changed keys', () => {
    assert.deepEqual(difference({ a: '1', b: '2' }, { a: '1', b: '3' }), { set: { b: '3' }, remove: [] })
    assert.deepEqual(difference({ a: '1', b: '2' }, { b: '2' }), { set: {}, remove: ['a'] })
  })

  test('a change far down changes its top-level key, and no other', () => {
    const before = serialize({ deep: { a: { b: [1, 2] } }, other: 1 })
    const after = serialize({ deep: { a: { b: [1, 3] } }, other: 1 })
    assert.deepEqual(difference(before, after), { set: { deep: '{"a":{"b":[1,3]}}' }, remove: [] })
  })

  test('the order of keys is no change', () => {
    assert.equal(difference({ a: '1', b: '2' }, { b: '2', a: '1' }), null)
  })

  test('a key that every object has by birth is new when it is set, and removed when it goes', () => {
    for (const key of ['toString', 'valueOf', 'hasOwnProperty']) {
      assert.deepEqual(difference({}, { [key]: '1' }), { set: { [key]: '1' }, remove: [] })
      assert.deepEqual(difference({ [key]: '1' }, {}), { set: {}, remove: [key] })
    }
  })

  test('the difference, applied, makes the one into the other', () => {
    fc.assert(fc.property(contents, contents, (before, after) => {
      assert.deepEqual({ ...apply(before, difference(before, after)) }, { ...after })
    }), { numRuns: 1000 })
  })

  test('the difference of contents that share keys, applied, makes the one into the other', () => {
    const few = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString'), fc.constantFrom('1', '2', 'null'))
    fc.assert(fc.property(few, few, (before, after) => {
      const changes = difference(before, after)
      assert.deepEqual({ ...apply(before, changes) }, { ...after })
      for (const key of changes?.remove ?? []) assert.ok(!Object.hasOwn(changes?.set ?? {}, key))
    }), { numRuns: 1000 })
  })

  test('two requests that change different keys keep both changes', () => {
    const few = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2', '3'))
    fc.assert(fc.property(few, fc.constantFrom('1', '2', '3'), fc.constantFrom('1', '2', '3'), (before, x, y) => {
      const one = difference(before, { ...before, x })
      const other = difference(before, { ...before, y })
      assert.deepEqual({ ...apply(apply(before, one), other) }, { ...before, x, y })
      assert.deepEqual({ ...apply(apply(before, other), one) }, { ...before, x, y })
    }))
  })

  test('it does not change the compared contents', () => {
    const before = Object.freeze({ a: '1', b: '2' })
    const after = Object.freeze({ b: '3' })
    assert.deepEqual(difference(before, after), { set: { b: '3' }, remove: ['a'] })
  })
})

describe('isEmpty', () => {
  const holding: object[] = [
    { user: 'ann' }, { user: 0 }, { user: '' }, { user: false }, { user: null }, { basket: [] }, { _csrf: 'x' },
    { flash: {} }, { toString: 'x' }
  ]
  for (const session of holding) {
    test(`says of ${JSON.stringify(session)} that it is not`, () => {
      assert.equal(isEmpty(serialize(session)), false)
    })
  }

  const empty: object[] = [{}, { cookie: {} }, { [RECORD_KEY]: { v: 1 } }, { user: undefined }, { greet () {} }]
  for (const session of empty) {
    test(`says of ${JSON.stringify(session)} with the keys ${Object.keys(session).join(', ') || 'none'} that it is`,
      () => {
        assert.equal(isEmpty(serialize(session)), true)
      })
  }

  test('does not count the session\'s own cookie age', () => {
    assert.equal(isEmpty({ [COOKIE_KEY]: '{"maxAge":60000}' }), true)
    assert.equal(isEmpty({ [COOKIE_KEY]: '{"maxAge":60000}', a: '1' }), false)
  })
})

describe('refuseTooLarge', () => {
  test('counts the bytes of the cookie age too, but no field of it', () => {
    const contents = { [COOKIE_KEY]: '{"maxAge":60000}', ab: '"cd"' }
    assert.doesNotThrow(() => { refuseTooLarge(contents, { maxSessionBytes: 28, maxSessionFields: 1 }) })
    assert.throws(() => { refuseTooLarge(contents, { maxSessionBytes: 27, maxSessionFields: 1 }) },
      { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE', message: /holds 28 bytes/ })
  })

  test('counts fields: as many as the option says are kept, and one more is refused with both numbers', () => {
    const limits = { maxSessionBytes: 1000, maxSessionFields: 2 }
    assert.doesNotThrow(() => { refuseTooLarge({ a: '1', b: '1' }, limits) })
    assert.throws(() => { refuseTooLarge({ a: '1', b: '1', c: '1' }, limits) }, {
      code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE',
      message: 'The session holds 3 fields; "maxSessionFields" allows 2. Nothing was saved.'
    })
  })
})

function read (contents: Contents): Record<string, unknown> {
  const values = deserialize(contents)
  assert.ok(values !== null)
  return values
}

describe('isAsLoaded', () => {
  /** The changes that a request may make to one key of its session. */
  const deeds = fc.oneof(
    fc.constant((session: Record<string, unknown>, key: string) => { Reflect.deleteProperty(session, key) }),
    fc.constant((session: Record<string, unknown>, key: string) => {
      const value = session[key]
      if (typeof value === 'object' && value !== null) Reflect.set(value, 'more', 1)
    }),
    fc.constant((session: Record<string, unknown>, key: string) => {
      if (typeof session[key] === 'object') session[key] = structuredClone(session[key])
    }),
    fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, NaN, -0, () => 1))
      .map(value => (session: Record<string, unknown>, key: string) => { session[key] = value })
  )

  test('agrees with the difference, for any session and any change', () => {
    fc.assert(fc.property(contents, fc.array(fc.tuple(deeds, fc.nat(), names), { maxLength: 3 }), (before, done) => {
      const values = deserialize(before) ?? assert.fail()
      const session = { ...values, cookie: {}, [RECORD_KEY]: {} }
      for (const [deed, at, other] of done) {
        deed(session, [...Object.keys(values), other][at % (Object.keys(values).length + 1)] ?? other)
      }
      assert.equal(isAsLoaded(session, before, values), difference(before, serialize(session)) === null)
    }), { numRuns: 500 })
  })

  test('gives the same answer with and without the values', () => {
    fc.assert(fc.property(contents, before => {
      assert.equal(isAsLoaded(deserialize(before) ?? {}, before, {}), true)
    }))
  })

  test('does not count inherited properties as loaded values', () => {
    assert.equal(isAsLoaded({ toString: Object.prototype.toString }, { toString: '1' }, {}), false)
    assert.equal(
      isAsLoaded({ toString: Object.prototype.toString, a: 1 }, { a: '1' }, { a: 1 }), true,
      'a function is nothing that is kept'
    )
  })

  test('ignores the cookie and its stored age', () => {
    const contents = { [COOKIE_KEY]: '{"maxAge":60000}', a: '1' }
    assert.equal(isAsLoaded({ cookie: { maxAge: 5 }, a: 1 }, contents, { a: 1 }), true)
    assert.equal(isAsLoaded({ cookie: { maxAge: 5 } }, contents, { a: 1 }), false)
    assert.equal(isAsLoaded({ a: 1, b: 2 }, contents, { a: 1 }), false)
  })

  test('refuses values that cannot be written, as saving does', () => {
    assert.throws(() => isAsLoaded({ a: 1n }, { a: '1' }, { a: 1 }), { code: 'FST_SESSION_SECURITY_NOT_SERIALIZABLE' })
  })
})
