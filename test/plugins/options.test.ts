import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import fc from 'fast-check'
import Fastify from 'fastify'
import type { FastifyRequest } from 'fastify'
import { MAX_SECONDS } from '../../src/core/clock.ts'
import type { ActivityOptions, PingOptions, SessionSecurityOptions, SweepOptions } from '../../src/options.ts'
import { resolveActivityOptions, resolveOptions, resolvePingOptions, resolveSweepOptions } from '../../src/options.ts'
import { fixedTimeouts, timeoutsFor, userIdOf } from '../../src/plugins/request-policy.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { MemoryStore } from '../../src/store/memory-store.ts'

const BAD_OPTION = 'FST_SESSION_SECURITY_BAD_OPTION'
const UNKNOWN_OPTION = 'FST_SESSION_SECURITY_UNKNOWN_OPTION'

/** Options as plain JavaScript may pass them. */
type Loose = Record<string, unknown>

function resolve (options: Loose) {
  return resolveOptions(options as SessionSecurityOptions)
}

function requestWith (session: object | null): FastifyRequest {
  return { session } as unknown as FastifyRequest
}

const REQUEST = requestWith({})

/** Whether an error is the one about this option, and tells what was received. */
function badOption (option: string, received: string) {
  return (error: unknown) => {
    assert.ok(error instanceof TypeError)
    assert.equal(Reflect.get(error, 'code'), BAD_OPTION)
    assert.ok(error.message.startsWith(`Option "${option}" must be `), error.message)
    assert.ok(error.message.endsWith(`; received ${received}.`), error.message)
    return true
  }
}

function nested (depth: number): unknown {
  return depth === 0 ? 'end' : { next: nested(depth - 1) }
}

const circular: Loose = {}
circular.self = circular

describe('defaults', () => {
  test('without options everything has the default that the README names', () => {
    const { activity, ping, sweep } = resolveOptions({})
    const { isPassive, isAuthenticated, userOf, ...rest } = activity
    assert.deepEqual(rest, { warnAfter: 540, expireAfter: 600, absoluteTimeout: 43_200, allowShortWarning: false, throttle: 1, passiveUrls: [], atMaxSessions: 'displace' })
    assert.deepEqual(ping, { pingUrl: '/session_security/ping', pingFormat: 'view' })
    assert.equal(sweep, undefined)
    assert.equal(isPassive(REQUEST), false)
    assert.equal(userOf(REQUEST), undefined)
    assert.equal(isAuthenticated(REQUEST), false)
  })

  test('an option that is undefined is one that is not given', () => {
    const names = ['store', 'warnAfter', 'expireAfter', 'absoluteTimeout', 'allowShortWarning', 'throttle', 'passiveUrls', 'isPassive', 'isAuthenticated',
      'userOf', 'originOf', 'maxSessionsPerUser', 'atMaxSessions', 'onSessionEnd', 'redirectToLogout', 'pingUrl', 'pingFormat', 'sweep', 'prefix']
    const { activity, ping, sweep } = resolve(Object.fromEntries(names.map(name => [name, undefined])))
    assert.deepEqual([activity.warnAfter, activity.expireAfter, activity.absoluteTimeout, activity.throttle, ping.pingUrl, sweep],
      [540, 600, 43_200, 1, '/session_security/ping', undefined])
    assert.equal('onSessionEnd' in activity || 'redirectToLogout' in activity || 'store' in activity, false)
  })

  test('a session that holds data of its own is protected', () => {
    const { isAuthenticated } = resolveActivityOptions({})
    assert.equal(isAuthenticated(requestWith({ cookie: {}, user: 'ann' })), true)
    assert.equal(isAuthenticated(requestWith({ cookie: {}, _csrf: 'x', flash: {}, basket: [] })), true)
  })

  test('a session that holds a CSRF secret, flash messages or nothing is a visitor\'s', () => {
    const { isAuthenticated } = resolveActivityOptions({})
    for (const session of [null, {}, { cookie: {} }, { cookie: {}, _csrf: 'x', flash: { info: ['Welcome'] }, _session_security: {} }, { user: null }, { user: undefined }]) {
      assert.equal(isAuthenticated(requestWith(session)), false)
    }
  })
})

describe('good values', () => {
  const handler = () => true
  const store = new MemoryStore()

  const activity: [keyof ActivityOptions, unknown][] = [
    ['store', store],
    ['warnAfter', 0.5], ['warnAfter', 1], ['warnAfter', 580], ['warnAfter', () => 5],
    ['expireAfter', 560], ['expireAfter', 600.5], ['expireAfter', 43_200], ['expireAfter', () => 600],
    ['absoluteTimeout', 600], ['absoluteTimeout', MAX_SECONDS], ['absoluteTimeout', false],
    ['allowShortWarning', true], ['allowShortWarning', false],
    ['throttle', 0], ['throttle', 0.25], ['throttle', 599],
    ['isPassive', handler], ['isAuthenticated', handler], ['userOf', () => 'ann'], ['onSessionEnd', handler], ['onSessionEnd', async () => {}],
    ['redirectToLogout', '/'], ['redirectToLogout', '/signed-out?why=idle#top'], ['redirectToLogout', 'https://sso.example/logout?client=1'], ['redirectToLogout', 'http://localhost:3000']
  ]
  for (const [name, value] of activity) {
    test(`${name} may be ${value === store ? 'a MemoryStore' : String(value)}`, () => {
      assert.equal(resolve({ [name]: value }).activity[name], value)
    })
  }

  test('passiveUrls may be paths, prefixes, patterns and expressions, or none', () => {
    const passiveUrls = ['/api/unread', '/health/*', '/api/jobs/:id', '/', '/*', /\/poll$/i]
    assert.deepEqual(resolveOptions({ passiveUrls }).activity.passiveUrls, passiveUrls)
    assert.deepEqual(resolveOptions({ passiveUrls: [] }).activity.passiveUrls, [])
  })

  for (const pingUrl of ['/ping', '/session_security/ping', '/a-b/c.d/~e/9']) {
    test(`pingUrl may be ${pingUrl}, and loses a slash at its end`, () => {
      assert.equal(resolveOptions({ pingUrl }).ping.pingUrl, pingUrl)
      assert.equal(resolveOptions({ pingUrl: `${pingUrl}/` }).ping.pingUrl, pingUrl)
    })
  }

  for (const pingFormat of ['view', 'seconds'] as const) {
    test(`pingFormat may be ${pingFormat}`, () => {
      assert.equal(resolveOptions({ pingFormat }).ping.pingFormat, pingFormat)
    })
  }

  const sweeps: SweepOptions['sweep'][] = [false, { every: 1 }, { every: 86_400 }, { cron: '0 5 * * *' }, { cron: '0 5 * * *', timezone: 'Europe/Berlin' }]
  for (const sweep of sweeps) {
    test(`sweep may be ${JSON.stringify(sweep)}`, () => {
      assert.deepEqual(resolve({ sweep }).sweep, sweep)
    })
  }

  test('what Fastify itself reads of a plugin\'s options is let through', () => {
    const { activity, ping } = resolve({ prefix: '/internal', logLevel: 'warn', logSerializers: {} })
    assert.equal(activity.expireAfter, 600)
    assert.equal(ping.pingUrl, '/session_security/ping')
  })

  test('each part takes its own options alone, and what Fastify reads', () => {
    assert.equal(resolveActivityOptions(Object.assign({ expireAfter: 900 }, { prefix: '/x' })).expireAfter, 900)
    assert.equal(resolvePingOptions(Object.assign({ pingUrl: '/p' }, { prefix: '/x' })).pingUrl, '/p')
    assert.equal(resolveSweepOptions(Object.assign({ sweep: false } as const, { prefix: '/x' })), false)
    assert.equal(resolveSweepOptions({}), undefined)
  })
})

describe('bad values', () => {
  const noSeconds: [unknown, string][] = [
    [null, 'null'], ['600', '"600"'], ['', '""'], [true, 'true'], [0, '0'], [-0, '0'], [-1, '-1'], [NaN, 'NaN'], [Infinity, 'Infinity'], [-Infinity, '-Infinity'],
    [MAX_SECONDS + 1, '2147483648'], [10n, '10'], [[600], '[600]'], [{ seconds: 600 }, '{"seconds":600}'], [new Date(NaN), 'null'], [Object(600), '600'],
    [Symbol('soon'), 'Symbol(soon)'], [circular, 'an object']
  ]
  const noFunction: [unknown, string][] = [[null, 'null'], [true, 'true'], [1, '1'], ['user', '"user"'], [{}, '{}'], [[() => true], '[null]'], [Promise.resolve(), 'a promise']]

  const bad: Record<string, [unknown, string][]> = {
    store: [[null, 'null'], [false, 'false'], ['redis', '"redis"'], [{}, '{}'], [MemoryStore, 'a function'], [new session.MemoryStore(), '{"store":{},"_events":{},"_eventsCount":0}'],
      [{ get () {}, set () {}, destroy () {} }, '{}']],
    warnAfter: [...noSeconds, [false, 'false'], [Promise.resolve(540), 'a promise']],
    expireAfter: [...noSeconds, [false, 'false'], [Promise.resolve(600), 'a promise']],
    absoluteTimeout: [...noSeconds, [() => 600, 'a function']],
    allowShortWarning: [[null, 'null'], [1, '1'], [0, '0'], ['true', '"true"'], ['', '""'], [{}, '{}'], [() => true, 'a function']],
    throttle: [...noSeconds.filter(([value]) => value !== 0), [false, 'false'], [() => 1, 'a function']],
    passiveUrls: [[null, 'null'], ['/poll', '"/poll"'], [/poll/, '{}'], [{ 0: '/poll', length: 1 }, '{"0":"/poll","length":1}'], [new Set(['/poll']), '{}'], [() => [], 'a function'],
      [['poll'], '["poll"]'], [['/ok', ''], '["/ok",""]'], [['https://app.example/poll'], '["https://app.example/poll"]'], [['*'], '["*"]'], [[null], '[null]'], [[1], '[1]'],
      [[['/poll']], '[["/poll"]]'], [[Symbol('poll')], '[null]'], [[1n], 'an object'], [[circular], 'an object']],
    isPassive: noFunction,
    isAuthenticated: noFunction,
    userOf: noFunction,
    onSessionEnd: noFunction,
    redirectToLogout: [[null, 'null'], [false, 'false'], ['', '""'], ['logout', '"logout"'], ['//evil.example', '"//evil.example"'], ['/\\evil.example', '"/\\\\evil.example"'],
      ['javascript:alert(1)', '"javascript:alert(1)"'], ['data:text/html,x', '"data:text/html,x"'], ['ftp://files.example', '"ftp://files.example"'],
      ['https:evil.example', '"https:evil.example"'], ['https://', '"https://"'], ['http://a b', '"http://a b"'], [new URL('https://sso.example/'), '"https://sso.example/"'], [() => '/', 'a function']],
    pingUrl: [[null, 'null'], ['', '""'], ['/', '"/"'], ['ping', '"ping"'], ['//ping', '"//ping"'], ['/ping//', '"/ping//"'], ['/ping?x=1', '"/ping?x=1"'], ['/ping#x', '"/ping#x"'],
      ['/:ping', '"/:ping"'], ['/ping/*', '"/ping/*"'], ['/pi ng', '"/pi ng"'], ['/ping\n', '"/ping\\n"'], ['https://app.example/ping', '"https://app.example/ping"'],
      [/ping/, '{}'], [['/ping'], '["/ping"]'], [() => '/ping', 'a function']],
    pingFormat: [[null, 'null'], ['', '""'], ['json', '"json"'], ['View', '"View"'], [true, 'true'], [['view'], '["view"]'], [{}, '{}']],
    sweep: [[null, 'null'], [true, 'true'], [60, '60'], ['0 5 * * *', '"0 5 * * *"'], [{}, '{}'], [[], '[]'], [{ every: 0 }, '{"every":0}'], [{ every: -1 }, '{"every":-1}'],
      [{ every: 86_401 }, '{"every":86401}'], [{ every: NaN }, '{"every":null}'], [{ every: '60' }, '{"every":"60"}'], [{ every: 1n }, 'an object'], [{ cron: 5 }, '{"cron":5}'], [{ cron: null }, '{"cron":null}'],
      [{ cron: ['0 5 * * *'] }, '{"cron":["0 5 * * *"]}'], [() => 60, 'a function'], [circular, 'an object']]
  }

  for (const [name, values] of Object.entries(bad)) {
    for (const [value, received] of values) {
      test(`${name} cannot be ${received} of type ${typeof value}`, () => {
        assert.throws(() => resolve({ [name]: value }), badOption(name, received))
      })
    }
  }

  const odd: [string, unknown][] = [
    ['a symbol', Symbol('odd')], ['a symbol without a name', Symbol('')], ['a BigInt', 2n ** 70n], ['a circular object', circular], ['a circular array', [circular]],
    ['an object without a prototype', Object.assign(Object.create(null), { every: 'x' })], ['an object whose toJSON throws', { toJSON () { throw new Error('no') } }],
    ['an object whose toJSON gives nothing', { toJSON () {} }], ['an object whose toString throws', { toString () { throw new Error('no') } }],
    ['an object whose getter throws', Object.defineProperty({}, 'x', { enumerable: true, get () { throw new Error('no') } })],
    ['a very deep object', nested(200)], ['a very long text', 'x'.repeat(100_000)], ['a text full of placeholders', '%s %d %j %o %%']
  ]
  for (const [what, value] of odd) {
    test(`${what} as any option gives the coded error, and never one of its own`, () => {
      for (const name of Object.keys(bad)) {
        assert.throws(() => resolve({ [name]: value }), (error: unknown) => {
          assert.ok(error instanceof TypeError)
          assert.equal(Reflect.get(error, 'code'), BAD_OPTION)
          assert.ok(error.message.startsWith(`Option "${name}" must be `), error.message)
          assert.ok(error.message.length < 400, 'the message stays short')
          return true
        })
      }
    })
  }

  test('whatever an option is given, it is taken or refused with a coded error', () => {
    fc.assert(fc.property(fc.constantFrom(...Object.keys(bad)), fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true, withSparseArray: true }), (name, value) => {
      try {
        resolve({ [name]: value })
      } catch (error) {
        assert.ok(error instanceof TypeError)
        assert.equal(Reflect.get(error, 'code'), BAD_OPTION)
        assert.ok(error.message.startsWith('Option "'), error.message)
      }
    }), { numRuns: 2000 })
  })

  test('each part refuses what the whole refuses', () => {
    assert.throws(() => resolveActivityOptions({ expireAfter: NaN }), badOption('expireAfter', 'NaN'))
    assert.throws(() => resolvePingOptions({ pingUrl: 'ping' }), badOption('pingUrl', '"ping"'))
    assert.throws(() => resolveSweepOptions({ sweep: { every: 0 } }), badOption('sweep', '{"every":0}'))
  })
})

describe('unknown options', () => {
  for (const name of ['warnafter', 'warn_after', 'timeout', 'passiveUrl', 'stores', 'toString', 'constructor', '__proto__', '']) {
    test(`"${name}" is refused by name, and the message lists what there is`, () => {
      const options = JSON.parse(`{${JSON.stringify(name)}:1}`)
      assert.throws(() => resolve(options), (error: unknown) => {
        assert.ok(error instanceof TypeError)
        assert.equal(Reflect.get(error, 'code'), UNKNOWN_OPTION)
        assert.ok(error.message.startsWith(`There is no option "${name}".`), error.message)
        assert.ok(error.message.includes('warnAfter') && error.message.includes('pingUrl') && error.message.includes('sweep'))
        return true
      })
    })
  }

  test('an unknown option is refused even when it is undefined: the typing error is there all the same', () => {
    assert.throws(() => resolve({ expireafter: undefined }), { code: UNKNOWN_OPTION })
  })

  test('each part refuses the options of the others', () => {
    assert.throws(() => resolveActivityOptions({ pingUrl: '/ping' } as ActivityOptions), { code: UNKNOWN_OPTION, message: /"pingUrl"/ })
    assert.throws(() => resolvePingOptions({ expireAfter: 600 } as PingOptions), { code: UNKNOWN_OPTION, message: /"expireAfter"/ })
    assert.throws(() => resolveSweepOptions({ warnAfter: 1 } as SweepOptions), { code: UNKNOWN_OPTION, message: /"warnAfter"/ })
  })

  test('registration fails with the same error, before the server listens', async () => {
    const register = async (options: Loose) => {
      const app = Fastify()
      await app.register(cookie)
      await app.register(session, { secret: 'a secret that is long enough for it' })
      await app.register(sessionSecurity, options as SessionSecurityOptions)
    }
    await assert.rejects(register({ warnafter: 5 }), { code: UNKNOWN_OPTION, message: /"warnafter"/ })
    await assert.rejects(register({ warnAfter: 'soon' }), { code: BAD_OPTION, message: /"warnAfter".*"soon"/ })
  })
})

describe('options that contradict each other', () => {
  test('a warning stands for at least twenty seconds', () => {
    assert.equal(resolveOptions({ warnAfter: 580, expireAfter: 600 }).activity.warnAfter, 580)
    assert.throws(() => resolveOptions({ warnAfter: 580.5, expireAfter: 600 }), badOption('warnAfter', '580.5'))
    assert.throws(() => resolveOptions({ warnAfter: 599, expireAfter: 600 }), { code: BAD_OPTION, message: /at least 20 less than expireAfter, which is 600 \(WCAG 2\.2\.1; see allowShortWarning\); received 599/ })
    assert.throws(() => resolveOptions({ warnAfter: 600, expireAfter: 600 }), badOption('warnAfter', '600'))
    assert.throws(() => resolveOptions({ warnAfter: 700, expireAfter: 600 }), badOption('warnAfter', '700'))
  })

  test('the default of one counts against the other', () => {
    assert.throws(() => resolveOptions({ expireAfter: 300 }), badOption('warnAfter', '540'))
    assert.throws(() => resolveOptions({ warnAfter: 900 }), badOption('warnAfter', '900'))
    assert.throws(() => resolveOptions({ expireAfter: 43_201 }), badOption('absoluteTimeout', '43200'))
    assert.throws(() => resolveOptions({ expireAfter: 43_201 }), { message: /also at its default; received 43200/ })
  })

  test('allowShortWarning allows a warning of any length, but not none', () => {
    const allowShortWarning = true
    assert.equal(resolveOptions({ warnAfter: 5, expireAfter: 10, allowShortWarning }).activity.warnAfter, 5)
    assert.equal(resolveOptions({ warnAfter: 9.999, expireAfter: 10, allowShortWarning }).activity.warnAfter, 9.999)
    assert.throws(() => resolveOptions({ warnAfter: 10, expireAfter: 10, allowShortWarning }), badOption('warnAfter', '10'))
    assert.throws(() => resolveOptions({ warnAfter: 11, expireAfter: 10, allowShortWarning }), { code: BAD_OPTION, message: /less than expireAfter, which is 10; received 11/ })
  })

  test('stamps are further apart than nobody could be at work: throttle is less than expireAfter', () => {
    assert.equal(resolveOptions({ throttle: 599.9 }).activity.throttle, 599.9)
    assert.throws(() => resolveOptions({ throttle: 600 }), badOption('throttle', '600'))
    assert.throws(() => resolveOptions({ throttle: 601 }), { code: BAD_OPTION, message: /less than expireAfter, which is 600/ })
  })

  test('the absolute timeout is no shorter than the idle one, or there is none', () => {
    assert.equal(resolveOptions({ absoluteTimeout: 600 }).activity.absoluteTimeout, 600)
    assert.equal(resolveOptions({ expireAfter: 1e6, absoluteTimeout: false }).activity.absoluteTimeout, false)
    assert.throws(() => resolveOptions({ absoluteTimeout: 599 }), badOption('absoluteTimeout', '599'))
  })

  test('two numbers are taken exactly when they leave a warning of twenty seconds', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 2, max: 1000 }), (warnAfter, expireAfter) => {
      const take = () => resolveOptions({ warnAfter, expireAfter })
      if (warnAfter + 20 <= expireAfter) assert.doesNotThrow(take)
      else assert.throws(take, { code: BAD_OPTION })
    }))
  })
})

describe('the options that were passed and those in force', () => {
  test('the options that were passed are not changed', () => {
    const passiveUrls = Object.freeze(['/poll'])
    const options = Object.freeze({ passiveUrls, pingUrl: '/ping/', sweep: Object.freeze({ every: 60 }), expireAfter: 900 })
    const before = structuredClone(options)
    resolveOptions(options)
    assert.deepEqual(options, before)
  })

  test('the options in force cannot be changed', () => {
    const { activity, ping } = resolveOptions({})
    assert.ok(Object.isFrozen(activity))
    assert.ok(Object.isFrozen(ping))
    assert.throws(() => Object.assign(activity, { expireAfter: 1e9 }), TypeError)
  })

  test('an option object or a list that is changed later changes nothing', () => {
    const passiveUrls = ['/poll']
    const options = { passiveUrls, expireAfter: 900 }
    const { activity } = resolveOptions(options)
    passiveUrls.push('/everything/*')
    options.expireAfter = 1e6
    assert.deepEqual(activity.passiveUrls, ['/poll'])
    assert.equal(activity.expireAfter, 900)
  })

  test('fixedTimeouts leaves out what is decided per request', () => {
    assert.deepEqual(fixedTimeouts(resolveActivityOptions({})), { warnAfter: 540, expireAfter: 600, absoluteTimeout: 43_200 })
    assert.deepEqual(fixedTimeouts(resolveActivityOptions({ warnAfter: () => 5, absoluteTimeout: false })), { expireAfter: 600, absoluteTimeout: false })
    assert.deepEqual(fixedTimeouts(resolveActivityOptions({ expireAfter: () => 600 })), { warnAfter: 540, absoluteTimeout: 43_200 })
  })
})

describe('timeoutsFor', () => {
  test('numbers are the same for every request', () => {
    assert.deepEqual(timeoutsFor(resolveActivityOptions({ warnAfter: 60, expireAfter: 120, absoluteTimeout: false }), REQUEST), { warnAfter: 60, expireAfter: 120, absoluteTimeout: false })
  })

  test('functions are not called before a request is there', () => {
    const unasked = () => assert.fail('was asked')
    assert.equal(typeof resolveActivityOptions({ warnAfter: unasked, expireAfter: unasked }).warnAfter, 'function')
  })

  test('functions are asked with the request', () => {
    const asked: FastifyRequest[] = []
    const policy = resolveActivityOptions({
      warnAfter: request => { asked.push(request); return 60 },
      expireAfter: request => { asked.push(request); return 120 }
    })
    assert.deepEqual(timeoutsFor(policy, REQUEST), { warnAfter: 60, expireAfter: 120, absoluteTimeout: 43_200 })
    assert.equal(asked.length, 2)
    assert.ok(asked.every(request => request === REQUEST))
  })

  test('a function and a number go together', () => {
    assert.deepEqual(timeoutsFor(resolveActivityOptions({ warnAfter: () => 500 }), REQUEST), { warnAfter: 500, expireAfter: 600, absoluteTimeout: 43_200 })
    assert.deepEqual(timeoutsFor(resolveActivityOptions({ expireAfter: () => 900 }), REQUEST), { warnAfter: 540, expireAfter: 900, absoluteTimeout: 43_200 })
  })

  const noAnswers: [unknown, string][] = [
    [Promise.resolve(600), 'a promise'], [NaN, 'NaN'], ['600', '"600"'], [undefined, 'undefined'], [null, 'null'], [0, '0'], [-5, '-5'], [Infinity, 'Infinity'], [false, 'false'],
    [MAX_SECONDS + 1, '2147483648'], [600n, '600'], [Symbol('soon'), 'Symbol(soon)'], [circular, 'an object']
  ]
  for (const name of ['warnAfter', 'expireAfter'] as const) {
    for (const [answer, received] of noAnswers) {
      test(`a ${name} that answers with ${received} of type ${typeof answer} is refused when it is asked`, () => {
        const policy = resolve({ [name]: () => answer }).activity
        assert.throws(() => timeoutsFor(policy, REQUEST), badOption(name, received))
      })
    }
  }

  test('an error that a function throws is its own', () => {
    const policy = resolveActivityOptions({ expireAfter: () => { throw new RangeError('no tenant') } })
    assert.throws(() => timeoutsFor(policy, REQUEST), { name: 'RangeError', message: 'no tenant' })
  })

  test('answers that contradict each other are refused as options are', () => {
    const answers = (options: ActivityOptions) => () => timeoutsFor(resolveActivityOptions(options), REQUEST)
    assert.throws(answers({ warnAfter: () => 590 }), badOption('warnAfter', '590'))
    assert.throws(answers({ expireAfter: () => 550 }), badOption('warnAfter', '540'))
    assert.throws(answers({ warnAfter: () => 5, expireAfter: () => 10 }), badOption('warnAfter', '5'))
    assert.throws(answers({ expireAfter: () => 50_000 }), badOption('absoluteTimeout', '43200'))
    assert.throws(() => resolveOptions({ expireAfter: 43_201 }), { message: /also at its default; received 43200/ })
    assert.throws(answers({ warnAfter: () => 10, expireAfter: () => 60, throttle: 90 }), badOption('throttle', '90'))
  })

  test('allowShortWarning holds for what functions answer too', () => {
    const policy = resolveActivityOptions({ warnAfter: () => 5, expireAfter: () => 10, allowShortWarning: true })
    assert.deepEqual(timeoutsFor(policy, REQUEST), { warnAfter: 5, expireAfter: 10, absoluteTimeout: 43_200 })
  })
})

describe('userIdOf', () => {
  function idFor (answer: unknown): string | undefined {
    return userIdOf(resolve({ userOf: () => answer }).activity, REQUEST)
  }

  test('an id is a text, and a number becomes one', () => {
    assert.equal(idFor('ann'), 'ann')
    assert.equal(idFor(42), '42')
    assert.equal(idFor(0), '0')
    assert.equal(idFor('x'.repeat(256)), 'x'.repeat(256))
  })

  test('nobody has no id', () => {
    assert.equal(idFor(undefined), undefined)
    assert.equal(idFor(null), undefined)
    assert.equal(userIdOf(resolveActivityOptions({}), REQUEST), undefined)
  })

  test('userOf is asked with the request', () => {
    assert.equal(userIdOf(resolveActivityOptions({ userOf: request => request === REQUEST ? 'ann' : null }), REQUEST), 'ann')
  })

  const noIds: [unknown, string][] = [
    ['', '""'], ['x'.repeat(257), JSON.stringify('x'.repeat(80))], [NaN, 'NaN'], [Infinity, 'Infinity'], [true, 'true'], [false, 'false'], [{ id: 1 }, '{"id":1}'], [['ann'], '["ann"]'],
    [Promise.resolve('ann'), 'a promise'], [() => 'ann', 'a function'], [7n, '7'], [Symbol('ann'), 'Symbol(ann)'], [circular, 'an object']
  ]
  for (const [answer, received] of noIds) {
    test(`${received.slice(0, 20)} of type ${typeof answer} is no id`, () => {
      assert.throws(() => idFor(answer), badOption('userOf', received))
    })
  }
})
