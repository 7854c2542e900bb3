import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import session from '@fastify/session'
import fc from 'fast-check'
import Fastify from 'fastify'
import type { FastifyRequest } from 'fastify'
import { MAX_SECONDS } from '../../src/core/clock.ts'
import type { SecurityPolicy, SessionOptions, SessionSecurityOptions, SweepOptions } from '../../src/options/options.ts'
import { resolveOptions } from '../../src/options/resolve-options.ts'
import {
  deviceFor, fixedTimeouts, identityOf, timeoutsFor, timeoutsInForce
} from '../../src/request/request-policy.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { SECRET } from '../helpers/app.ts'

const BAD_OPTION = 'FST_SESSION_SECURITY_BAD_OPTION'
const UNKNOWN_OPTION = 'FST_SESSION_SECURITY_UNKNOWN_OPTION'

/** The text of @fastify/session for a short secret. */
const TOO_SHORT = 'Option "session.secret": the secret must have length 32 or greater'
const NO_SECRET = 'Option "session.secret": the secret option is required, and must be a String, Array of Strings, ' +
  'or a signer object with .sign and .unsign methods'

/** Options as plain JavaScript may pass them. */
type Loose = Record<string, unknown>

const REQUIRED = { session: { secret: SECRET }, userOf: (session: { readonly user?: string }) => session.user }

function resolve (options: Loose): SecurityPolicy {
  return resolveOptions({ ...REQUIRED, ...options } as SessionSecurityOptions)
}

const REQUEST = {} as unknown as FastifyRequest

/** Checks that an error names this option, and the received value. */
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
  test('with what is required alone everything else has the default that the docs name', () => {
    const { session, userOf, store, ...rest } = resolve({})
    assert.deepEqual(rest, {
      warnAfter: 540,
      expireAfter: 600,
      absoluteTimeout: 43_200,
      allowShortWarning: false,
      throttle: 1,
      passiveUrls: [],
      allowedOrigins: [],
      atMaxSessions: 'displace',
      dropAtSignIn: [],
      pingUrl: '/session_security/ping',
      pingFormat: 'view',
      prefix: ''
    })
    assert.deepEqual(session, { secret: SECRET, cookie: { sameSite: 'lax' } })
    assert.equal(userOf, REQUIRED.userOf)
    assert.ok(store instanceof MemoryStore)
    assert.notEqual(resolve({}).store, store, 'no two registrations share it')
  })

  test('an option that is undefined is one that is not given', () => {
    const names = ['cookie', 'store', 'warnAfter', 'expireAfter', 'absoluteTimeout', 'allowShortWarning', 'throttle',
      'passiveUrls', 'isPassive', 'allowedOrigins', 'isAuthenticated', 'deviceOf', 'maxSessionsPerUser',
      'atMaxSessions', 'dropAtSignIn', 'onSessionEnd', 'redirectToLogout', 'pingUrl', 'pingFormat', 'sweep',
      'connections', 'prefix']
    const { store: given, ...policy } = resolve(Object.fromEntries(names.map(name => [name, undefined])))
    const { store: byDefault, ...expected } = resolve({})
    assert.ok(given instanceof MemoryStore && byDefault instanceof MemoryStore)
    assert.deepEqual(Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined)), expected)
  })

  test('a session whose user is named is authenticated, whatever else it holds', () => {
    const holding = (values: object) => identityOf(resolve({}), values)
    assert.deepEqual(holding({ user: 'ann' }), { isAuthenticated: true, user: 'ann' })
    assert.deepEqual(holding({ _csrf: 'x', basket: ['book'], user: 'ann' }), { isAuthenticated: true, user: 'ann' })
  })

  test('a session that holds data and names no user is anonymous', () => {
    const sessions: Loose[] = [{}, { _csrf: 'x' }, { basket: ['book'] }, { returnTo: '/x' }, { user: null }]
    for (const session of sessions) {
      assert.deepEqual(identityOf(resolve({}), session), { isAuthenticated: false, user: undefined })
    }
  })
})

describe('who is signed in', () => {
  test('must be named by userOf or isAuthenticated, and the error shows how', () => {
    assert.throws(() => resolve({ userOf: undefined }), (error: unknown) => {
      assert.ok(error instanceof TypeError)
      assert.equal(Reflect.get(error, 'code'), 'FST_SESSION_SECURITY_NO_USER_OF')
      assert.match(error.message, /"userOf" or "isAuthenticated" is required/)
      assert.ok(error.message.includes('userOf: session => session.user'), error.message)
      return true
    })
  })

  test('is known by isAuthenticated alone, without a name', () => {
    const policy = resolve({ userOf: undefined, isAuthenticated: (session: Loose) => session['user'] === 'ann' })
    assert.deepEqual(identityOf(policy, { user: 'ann' }), { isAuthenticated: true, user: undefined })
    assert.deepEqual(identityOf(policy, { user: 'bob' }), { isAuthenticated: false, user: undefined })
  })

  test('is known by both, if both are given: isAuthenticated may say no to a user', () => {
    const policy = resolve({ isAuthenticated: (session: Loose) => session['secondFactor'] === true })
    assert.deepEqual(identityOf(policy, { user: 'ann' }), { isAuthenticated: false, user: undefined })
    assert.deepEqual(identityOf(policy, Object.assign({ user: 'ann' }, { secondFactor: true })),
      { isAuthenticated: true, user: 'ann' })
  })

  test('is not known by a promise, which would count as true', () => {
    for (const answer of [Promise.resolve(false), Promise.reject(new Error('no database'))]) {
      assert.throws(() => identityOf(resolve({ isAuthenticated: () => answer }), {}),
        badOption('isAuthenticated', 'a promise'))
    }
  })
})

describe('options of @fastify/session', () => {
  test('are taken as they are, but for those that follow from the rest', () => {
    const cookie = { path: '/app', sameSite: 'strict' } as const
    const session = { secret: [SECRET, 'old'], cookieName: 'sid', cookiePrefix: 's:', rolling: true, cookie }
    assert.deepEqual(resolve({ session }).session, session)
  })

  test('name no store: the error says where it goes', () => {
    assert.throws(() => resolve({ session: { secret: SECRET, store: {} } }), {
      code: BAD_OPTION,
      message: /^Option "session\.store" must be left out: the option "store" of this plugin says where/
    })
  })

  test('do not save empty sessions, and accept an option that said so before', () => {
    assert.throws(() => resolve({ session: { secret: SECRET, saveUninitialized: true } }),
      badOption('session.saveUninitialized', 'true'))
    assert.doesNotThrow(() => resolve({ session: { secret: SECRET, saveUninitialized: false } }))
  })

  const signer = { sign: (value: string) => value, unsign: () => ({ valid: false, renew: false, value: null }) }
  for (const secret of ['x'.repeat(32), [SECRET, 'short'], [Buffer.alloc(32, 1), Buffer.from('old')], signer]) {
    test(`may have ${Array.isArray(secret) ? 'an array' : typeof secret} for a secret`, () => {
      assert.deepEqual(resolve({ session: { secret } }).session.secret, secret)
    })
  }

  const noSecrets: Array<[what: string, secret: unknown, message: string]> = [
    ['text of 9 characters', 'hush hush', TOO_SHORT], ['text of 31 characters', 'x'.repeat(31), TOO_SHORT],
    ['empty text', '', TOO_SHORT], ['empty array', [], 'Option "session.secret": at least one secret is required'],
    ['array of other things', ['hush hush', 5], NO_SECRET], ['undefined', undefined, NO_SECRET],
    ['null', null, NO_SECRET],
    ['number', 5, NO_SECRET], ['signer that cannot unsign', { sign () {} }, NO_SECRET],
    ['buffer', Buffer.from('hush hush'), NO_SECRET]
  ]
  for (const [what, secret, message] of noSecrets) {
    test(`cannot have a secret that is ${what}, in the words of @fastify/session, which show nothing of it`, () => {
      assert.throws(() => resolve({ session: { secret } }), (error: unknown) => {
        assert.ok(error instanceof TypeError)
        assert.deepEqual([Reflect.get(error, 'code'), error.message], [BAD_OPTION, message])
        return true
      })
    })
  }

  test('are refused by name where there is no such option, and the message lists what there is', () => {
    const cases = [
      ['session.cookiename', { cookiename: 'sid' }, 'cookieName'], ['session.name', { name: 'sid' }, 'idGenerator'],
      ['session.prefix', { prefix: 's:' }, 'cookiePrefix'],
      ['session.cookie.maxage', { cookie: { maxage: 1 } }, 'maxAge'],
      ['session.cookie.signed', { cookie: { signed: true } }, 'sameSite']
    ] as const
    for (const [name, given, listed] of cases) {
      assert.throws(() => resolve({ session: { secret: SECRET, ...given } }), (error: unknown) => {
        assert.ok(error instanceof TypeError)
        assert.equal(Reflect.get(error, 'code'), UNKNOWN_OPTION)
        assert.ok(error.message.startsWith(`There is no option "${name}".`), error.message)
        assert.ok(error.message.includes(listed))
        return true
      })
    }
  })

  const LATER = new Date(Date.now() + 86_400_000)
  const taken: Loose[] = [
    { cookieName: '__Host-sid' }, { cookieName: 'app:sid' }, { cookieName: undefined }, { algorithm: 'sha512' },
    { cookiePrefix: '' }, { cookie: undefined },
    ...[
      {}, { path: '/app' }, { path: '' }, { domain: '.app.example' }, { domain: null }, { secure: 'auto' },
      { secure: false }, { httpOnly: false }, { sameSite: 'Lax' }, { sameSite: true }, { sameSite: null },
      { maxAge: 1.5 }, { maxAge: 0 },
      { maxAge: null }, { expires: LATER }, { expires: LATER.toISOString() }, { expires: LATER.getTime() },
      { expires: null }, { partitioned: true }, { priority: 'high' }, { encode: String },
      { maxAge: undefined, secure: undefined }
    ].map(cookie => ({ cookie }))
  ]
  for (const given of taken) {
    test(`are taken where @fastify/session takes them: ${JSON.stringify(given)}`, async () => {
      const session = { secret: SECRET, ...given }
      const cookie = { sameSite: 'lax', ...given.cookie ?? {} }
      if (cookie.sameSite == null) cookie.sameSite = 'lax'
      assert.deepEqual(resolve({ session }).session, { ...session, cookie })
      const app = Fastify({ trustProxy: true })
      await app.register(sessionSecurity, { ...REQUIRED, session: session as SessionOptions, sweep: false })
      app.post('/app/sign-in', async request => { request.session.user = 'ada' })
      const headers = { 'x-forwarded-proto': 'https' }
      const response = await app.inject({ method: 'POST', url: '/app/sign-in', headers })
      assert.equal(response.statusCode, 200)
      assert.ok(response.headers['set-cookie'] !== undefined)
      await app.close()
    })
  }

  const wrong: Array<[option: string, value: unknown, received?: string]> = [
    ['cookieName', ''], ['cookieName', 'a b'], ['cookieName', 'a;b'], ['cookieName', 'a=b'], ['cookieName', 'sïd'],
    ['cookieName', null], ['cookieName', 5], ['cookiePrefix', 5], ['cookiePrefix', null],
    ['algorithm', 'sha257'], ['algorithm', 5], ['algorithm', null], ['cookie', null], ['cookie', 'secure'],
    ['cookie.maxAge', -1], ['cookie.maxAge', NaN, 'NaN'], ['cookie.maxAge', Infinity, 'Infinity'],
    ['cookie.maxAge', '3600000'], ['cookie.maxAge', 1e15], ['cookie.maxAge', true],
    ['cookie.expires', 'tomorrow'], ['cookie.expires', new Date(NaN), 'null'],
    ['cookie.expires', new Date(Date.UTC(10_000, 1))],
    ['cookie.secure', 'yes'], ['cookie.secure', 1], ['cookie.secure', null], ['cookie.secure', 'true'],
    ['cookie.sameSite', 'loose'], ['cookie.sameSite', 1], ['cookie.httpOnly', 'yes'], ['cookie.httpOnly', null],
    ['cookie.path', 'app'], ['cookie.path', '/a;b'], ['cookie.path', 5], ['cookie.domain', 'a b'],
    ['cookie.domain', 'https://app.example'], ['cookie.partitioned', 'yes'],
    ['cookie.priority', 'urgent'], ['cookie.priority', 5], ['cookie.priority', null], ['cookie.encode', 'base64'],
    ['cookie.encode', null]
  ]
  for (const [option, value, received = JSON.stringify(value)] of wrong) {
    test(`are refused where no sign-in could work: ${option} cannot be ${received}`, () => {
      const [name = '', attribute] = option.split('.')
      const given = attribute === undefined ? { [name]: value } : { cookie: { [attribute]: value } }
      assert.throws(() => resolve({ session: { secret: SECRET, ...given } }), badOption(`session.${option}`, received))
    })
  }

  test('have secrets, none of which is empty', () => {
    for (const secret of [[''], [SECRET, ''], [SECRET, Buffer.alloc(0)]]) {
      assert.throws(() => resolve({ session: { secret } }),
        { code: BAD_OPTION, message: 'Option "session.secret": the secrets must not be empty' })
    }
  })

  const dropped: Array<[option: string, given: Loose]> = [
    ['session.cookie.sameSite', { cookie: { secure: false, sameSite: 'None' } }],
    ['session.cookie.partitioned', { cookie: { secure: false, partitioned: true } }],
    ['session.cookieName', { cookieName: '__Secure-sid', cookie: { secure: false } }],
    ['session.cookieName', { cookieName: '__Host-sid', cookie: { path: '/app' } }],
    ['session.cookieName', { cookieName: '__Host-sid', cookie: { domain: 'app.example' } }]
  ]
  for (const [option, given] of dropped) {
    test(`make no cookie that browsers drop: ${JSON.stringify(given)}`, () => {
      assert.throws(() => resolve({ session: { secret: SECRET, ...given } }), {
        code: BAD_OPTION, message: new RegExp(`^Option "${option}" must be .*: browsers drop such a cookie; received `)
      })
    })
  }

  test('sign with a secret that is as long as a single one has to be, however many there are', () => {
    for (const secret of [['short'], ['short', SECRET], [Buffer.alloc(31, 1)]]) {
      assert.throws(() => resolve({ session: { secret } }),
        { code: BAD_OPTION, message: 'Option "session.secret": the first secret must have length 32 or greater' })
    }
  })

  test('may have a signer that answers; an error that it throws is named, and does not tell a secret', () => {
    const fail = () => { throw new Error(`no such key: ${SECRET}`) }
    for (const name of ['sign', 'unsign']) {
      assert.throws(() => resolve({ session: { secret: { ...signer, [name]: fail } } }),
        badOption(`session.secret.${name}`, 'an error that it threw'))
    }
    assert.throws(() => resolve({ session: { secret: { ...signer, sign: async () => 'signed' } } }),
      badOption('session.secret.sign', 'a promise'))
  })

  test('have a function for an idGenerator, and a boolean for rolling', () => {
    assert.throws(() => resolve({ session: { secret: SECRET, idGenerator: 'uuid' } }),
      badOption('session.idGenerator', '"uuid"'))
    assert.throws(() => resolve({ session: { secret: SECRET, rolling: 1 } }), badOption('session.rolling', '1'))
  })
})

describe('good values', () => {
  const handler = () => true
  const store = new MemoryStore()

  const good: Array<[keyof SessionSecurityOptions, unknown]> = [
    ['store', store],
    ['warnAfter', 0.5], ['warnAfter', 1], ['warnAfter', 580], ['warnAfter', () => 5],
    ['expireAfter', 560], ['expireAfter', 600.5], ['expireAfter', 43_200], ['expireAfter', () => 600],
    ['absoluteTimeout', 600], ['absoluteTimeout', MAX_SECONDS], ['absoluteTimeout', false],
    ['absoluteTimeout', () => 600], ['absoluteTimeout', () => false],
    ['allowShortWarning', true], ['allowShortWarning', false],
    ['throttle', 0], ['throttle', 0.25], ['throttle', 599],
    ['cookie', {}], ['deviceOf', () => null], ['maxSessionsPerUser', 1],
    ['maxSessionsPerUser', 100], ['atMaxSessions', 'refuse'], ['atMaxSessions', 'displace'],
    ['isPassive', handler], ['isAuthenticated', handler], ['userOf', () => 'ann'], ['onSessionEnd', handler], [
      'onSessionEnd', async () => {}
    ],
    ['redirectToLogout', '/'], ['redirectToLogout', '/signed-out?why=idle#top'], [
      'redirectToLogout', 'https://sso.example/logout?client=1'
    ], ['redirectToLogout', 'http://localhost:3000']
  ]
  for (const [name, value] of good) {
    test(`${name} may be ${value === store ? 'a MemoryStore' : String(value)}`, () => {
      assert.equal(resolve({ [name]: value })[name], value)
    })
  }

  test('passiveUrls may be paths, prefixes, patterns and expressions, or none', () => {
    const passiveUrls = ['/api/unread', '/health/*', '/api/jobs/:id', '/', '/*', /\/poll$/i]
    assert.deepEqual(resolve({ passiveUrls }).passiveUrls, passiveUrls)
    assert.deepEqual(resolve({ passiveUrls: [] }).passiveUrls, [])
  })

  test('allowedOrigins and dropAtSignIn are lists, or empty', () => {
    const allowedOrigins = ['https://app.example', 'http://localhost:5173']
    assert.deepEqual(resolve({ allowedOrigins, dropAtSignIn: ['cart'] }).allowedOrigins, allowedOrigins)
    assert.deepEqual(resolve({ allowedOrigins: [], dropAtSignIn: ['cart', 'nonce'] }).dropAtSignIn, ['cart', 'nonce'])
  })

  test('pushUrl is another path than that of the ping', () => {
    assert.equal(resolve({ pushUrl: '/push' }).pushUrl, '/push')
    for (const [pingUrl, pushUrl] of [['/ping', '/ping'], ['/ping/', '/ping'], ['/ping', '/ping/']] as const) {
      assert.throws(() => resolve({ pingUrl, pushUrl }), badOption('pushUrl', JSON.stringify(pushUrl)))
    }
  })

  for (const pingUrl of ['/ping', '/session_security/ping', '/a-b/c.d/~e/9']) {
    test(`pingUrl may be ${pingUrl}, and loses a slash at its end`, () => {
      assert.equal(resolve({ pingUrl }).pingUrl, pingUrl)
      assert.equal(resolve({ pingUrl: `${pingUrl}/` }).pingUrl, pingUrl)
    })
  }

  const prefixes = [
    ['', ''], ['/', ''], ['/api', '/api'], ['api', '/api'], ['/api/', '/api'], ['a.b/~c/', '/a.b/~c']
  ] as const
  for (const [prefix, inForce] of prefixes) {
    test(`prefix may be ${JSON.stringify(prefix)}, and has a slash before it and none behind`, () => {
      assert.equal(resolve({ prefix }).prefix, inForce)
    })
  }

  for (const pingFormat of ['view', 'seconds'] as const) {
    test(`pingFormat may be ${pingFormat}`, () => {
      assert.equal(resolve({ pingFormat }).pingFormat, pingFormat)
    })
  }

  const sweeps: SweepOptions[] = [false, { every: 1 }, { every: 86_400 }, { cron: '0 5 * * *' },
    { cron: '0 5 * * *', timezone: 'Europe/Berlin' }]
  for (const sweep of sweeps) {
    test(`sweep may be ${JSON.stringify(sweep)}`, () => {
      assert.deepEqual(resolve({ sweep }).sweep, sweep)
    })
  }

  test('what Fastify itself reads of a plugin\'s options is let through', () => {
    const { expireAfter, pingUrl, prefix } = resolve({ prefix: '/internal', logLevel: 'warn', logSerializers: {} })
    assert.deepEqual([expireAfter, pingUrl, prefix], [600, '/session_security/ping', '/internal'])
  })
})

describe('bad values', () => {
  const noSeconds: [unknown, string][] = [
    [null, 'null'], ['600', '"600"'], ['', '""'], [true, 'true'], [0, '0'], [-0, '0'], [-1, '-1'], [NaN, 'NaN'], [
      Infinity, 'Infinity'
    ], [
      -Infinity, '-Infinity'
    ],
    [MAX_SECONDS + 1, '2147483648'], [10n, '10'], [[600], '[600]'], [
      { seconds: 600 }, '{"seconds":600}'
    ], [new Date(NaN), 'null'], [Object(600), '600'],
    [Symbol('soon'), 'Symbol(soon)'], [circular, 'an object']
  ]
  const noFunction: [unknown, string][] = [
    [null, 'null'], [true, 'true'], [1, '1'], ['user', '"user"'], [{}, '{}'], [[() => true], '[null]'],
    [Promise.resolve(), 'a promise']
  ]

  const bad: Record<string, [unknown, string][]> = {
    store: [[null, 'null'], [false, 'false'], ['redis', '"redis"'], [
      {}, '{"constructor":"Object"}'
    ], [MemoryStore, 'a function'], [
      new session.MemoryStore(), '{"constructor":"Store"}'
    ],
    [{ get () {}, set () {}, destroy () {} }, '{"constructor":"Object"}']],
    warnAfter: [...noSeconds, [false, 'false'], [Promise.resolve(540), 'a promise']],
    expireAfter: [...noSeconds, [false, 'false'], [Promise.resolve(600), 'a promise']],
    absoluteTimeout: [...noSeconds, [Promise.resolve(600), 'a promise']],
    allowShortWarning: [
      [null, 'null'], [1, '1'], [0, '0'], ['true', '"true"'], ['', '""'], [{}, '{}'], [() => true, 'a function']
    ],
    throttle: [...noSeconds.filter(([value]) => value !== 0), [false, 'false'], [() => 1, 'a function']],
    passiveUrls: [[null, 'null'], ['/poll', '"/poll"'], [/poll/, '{}'], [
      { 0: '/poll', length: 1 }, '{"0":"/poll","length":1}'
    ], [new Set(['/poll']), '{}'], [() => [], 'a function'],
    [['poll'], '["poll"]'], [['/ok', ''], '["/ok",""]'], [
      ['https://app.example/poll'], '["https://app.example/poll"]'
    ], [['*'], '["*"]'], [[null], '[null]'], [[1], '[1]'],
    [[['/poll']], '[["/poll"]]'], [[Symbol('poll')], '[null]'], [[1n], 'an object'], [[circular], 'an object']],
    session: [[null, 'null'], [undefined, 'undefined'], [true, 'true'], ['secret', '"secret"'],
      [() => ({}), 'a function']],
    cookie: [[null, 'null'], [true, 'true'], ['secret', '"secret"'], [() => ({}), 'a function']],
    allowedOrigins: [[null, 'null'], ['https://app.example', '"https://app.example"'], [['*'], '["*"]'],
      [['https://*.example'], '["https://*.example"]'],
      [['app.example'], '["app.example"]'], [['https://app.example/'], '["https://app.example/"]'],
      [[/app/], '[{}]'], [[null], '[null]']],
    dropAtSignIn: [[null, 'null'], ['cart', '"cart"'], [[1], '[1]'], [[null], '[null]'], [() => [], 'a function']],
    maxSessionsPerUser: [[null, 'null'], [0, '0'], [101, '101'], [1.5, '1.5'], [NaN, 'NaN'], ['3', '"3"'], [3n, '3'],
      [false, 'false'], [() => 3, 'a function']],
    atMaxSessions: [[null, 'null'], ['', '""'], ['evict', '"evict"'], [true, 'true'], [['refuse'], '["refuse"]']],
    deviceOf: noFunction,
    isPassive: noFunction,
    isAuthenticated: noFunction,
    userOf: noFunction,
    onSessionEnd: noFunction,
    redirectToLogout: [[null, 'null'], [false, 'false'], ['', '""'], ['logout', '"logout"'], [
      '//evil.example', '"//evil.example"'
    ], [
      '/\\evil.example', '"/\\\\evil.example"'
    ],
    [
      'javascript:alert(1)', '"javascript:alert(1)"'
    ], ['data:text/html,x', '"data:text/html,x"'], ['ftp://files.example', '"ftp://files.example"'],
    ['https:evil.example', '"https:evil.example"'], ['https://', '"https://"'], ['http://a b', '"http://a b"'], [
      new URL('https://sso.example/'), '"https://sso.example/"'
    ], [() => '/', 'a function']],
    pingUrl: [[null, 'null'], ['', '""'], ['/', '"/"'], ['ping', '"ping"'], ['//ping', '"//ping"'], [
      '/ping//', '"/ping//"'
    ], [
      '/ping?x=1', '"/ping?x=1"'
    ], ['/ping#x', '"/ping#x"'],
    ['/:ping', '"/:ping"'], ['/ping/*', '"/ping/*"'], ['/pi ng', '"/pi ng"'], ['/ping\n', '"/ping\\n"'], [
      'https://app.example/ping', '"https://app.example/ping"'
    ],
    [/ping/, '{}'], [['/ping'], '["/ping"]'], [() => '/ping', 'a function']],
    prefix: [[null, 'null'], [5, '5'], ['//api', '"//api"'], ['/api//', '"/api//"'], ['//', '"//"'],
      ['/:tenant', '"/:tenant"'], ['/api/*', '"/api/*"'], ['/a b', '"/a b"'], ['/api?x', '"/api?x"'],
      ['https://app.example', '"https://app.example"'],
      [['/api'], '["/api"]'], [() => '/api', 'a function']],
    pingFormat: [
      [null, 'null'], ['', '""'], ['json', '"json"'], ['View', '"View"'], [true, 'true'], [['view'], '["view"]'],
      [{}, '{}']
    ],
    sweep: [[null, 'null'], [true, 'true'], [60, '60'], ['0 5 * * *', '"0 5 * * *"'], [{}, '{}'], [[], '[]'], [
      { every: 0 }, '{"every":0}'
    ], [
      { every: -1 }, '{"every":-1}'
    ],
    [
      { every: 86_401 }, '{"every":86401}'
    ], [{ every: NaN }, '{"every":null}'], [
      { every: '60' }, '{"every":"60"}'
    ], [{ every: 1n }, 'an object'], [{ cron: 5 }, '{"cron":5}'], [{ cron: null }, '{"cron":null}'],
    [{ cron: ['0 5 * * *'] }, '{"cron":["0 5 * * *"]}'], [() => 60, 'a function'], [circular, 'an object']],
    connections: [[null, 'null'], [false, 'false'], [5, '5'], [[], '[]'], [{ checkEvery: 0 }, '{"checkEvery":0}'], [
      { checkEvery: 3601 }, '{"checkEvery":3601}'
    ], [{ checkEvery: '5' }, '{"checkEvery":"5"}'],
    [{ outageGrace: -1 }, '{"outageGrace":-1}'], [
      { outageGrace: NaN }, '{"outageGrace":null}'
    ], [{ every: 5 }, '{"every":5}'], [circular, 'an object']]
  }

  for (const [name, values] of Object.entries(bad)) {
    for (const [value, received] of values) {
      test(`${name} cannot be ${received} of type ${typeof value}`, () => {
        assert.throws(() => resolve({ [name]: value }), badOption(name, received))
      })
    }
  }

  const odd: [string, unknown][] = [
    ['a symbol', Symbol('odd')], [
      'a symbol without a name', Symbol('')
    ], ['a BigInt', 2n ** 70n], ['a circular object', circular], ['a circular array', [circular]],
    [
      'an object without a prototype', Object.assign(Object.create(null), { every: 'x' })
    ], ['an object whose toJSON throws', { toJSON () { throw new Error('no') } }],
    ['an object whose toJSON gives nothing', { toJSON () {} }], [
      'an object whose toString throws', { toString () { throw new Error('no') } }
    ],
    [
      'an object whose getter throws',
      Object.defineProperty({}, 'x', { enumerable: true, get () { throw new Error('no') } })
    ],
    ['a very deep object', nested(200)], ['a very long text', 'x '.repeat(50_000)],
    ['a text full of placeholders', '%s %d %j %o %%']
  ]
  for (const [what, value] of odd) {
    test(`${what} as any option gives the coded error, and never one of its own`, () => {
      for (const name of Object.keys(bad)) {
        if (name === 'cookie' && typeof value === 'object') continue // @fastify/cookie judges objects
        const start = name === 'session' && typeof value === 'object' ? NO_SECRET : `Option "${name}" must be `
        assert.throws(() => resolve({ [name]: value }), (error: unknown) => {
          assert.ok(error instanceof TypeError)
          assert.equal(Reflect.get(error, 'code'), BAD_OPTION)
          assert.ok(error.message.startsWith(start), error.message)
          assert.ok(error.message.length < 400, 'the message stays short')
          return true
        })
      }
    })
  }

  test('whatever an option is given, it is taken or refused with a coded error', () => {
    fc.assert(fc.property(fc.constantFrom(...Object.keys(bad)), fc.anything({
      withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true, withSparseArray: true
    }), (name, value) => {
      try {
        resolve({ isAuthenticated: () => true, [name]: value }) // one of the two stays when userOf is undefined
      } catch (error) {
        assert.ok(error instanceof TypeError)
        assert.equal(Reflect.get(error, 'code'), BAD_OPTION)
        assert.ok(error.message.startsWith('Option "') || (name === 'session' && error.message.includes('secret')),
          error.message)
      }
    }), { numRuns: 2000 })
  })
})

describe('unknown options', () => {
  for (const name of ['warnafter', 'warn_after', 'timeout', 'originOf', 'secret', 'cookieName', 'saveUninitialized',
    'passiveUrl', 'stores', 'toString', 'constructor', '__proto__', '']) {
    test(`"${name}" is refused by name, and the message lists what there is`, () => {
      const options = JSON.parse(`{${JSON.stringify(name)}:1}`)
      assert.throws(() => resolve(options), (error: unknown) => {
        assert.ok(error instanceof TypeError)
        assert.equal(Reflect.get(error, 'code'), UNKNOWN_OPTION)
        assert.ok(error.message.startsWith(`There is no option "${name}".`), error.message)
        for (const known of ['session', 'userOf', 'warnAfter', 'pingUrl', 'sweep', 'prefix']) {
          assert.ok(error.message.includes(known))
        }
        return true
      })
    })
  }

  test('an unknown option is refused even when it is undefined: the typing error is there all the same', () => {
    assert.throws(() => resolve({ expireafter: undefined }), { code: UNKNOWN_OPTION })
  })

  test('registration fails with the same error, before the server listens', async () => {
    const register = async (options: Loose) => {
      await Fastify().register(sessionSecurity, { ...REQUIRED, ...options } as SessionSecurityOptions)
    }
    await assert.rejects(register({ warnafter: 5 }), { code: UNKNOWN_OPTION, message: /"warnafter"/ })
    await assert.rejects(register({ warnAfter: 'soon' }), { code: BAD_OPTION, message: /"warnAfter".*"soon"/ })
  })
})

describe('options that contradict each other', () => {
  test('a warning stands for at least twenty seconds', () => {
    assert.equal(resolve({ warnAfter: 580, expireAfter: 600 }).warnAfter, 580)
    assert.throws(() => resolve({ warnAfter: 580.5, expireAfter: 600 }), badOption('warnAfter', '580.5'))
    assert.throws(() => resolve({ warnAfter: 599, expireAfter: 600 }),
      { message: /at least 20 less .*, which is 600, also at its default \(WCAG 2\.2\.1; see allowShortWarning\);/ })
    assert.throws(() => resolve({ warnAfter: 599, expireAfter: 600 }), badOption('warnAfter', '599'))
    assert.throws(() => resolve({ warnAfter: 600, expireAfter: 600 }), badOption('warnAfter', '600'))
    assert.throws(() => resolve({ warnAfter: 700, expireAfter: 600 }), badOption('warnAfter', '700'))
  })

  test('the default of one follows the other: the warning fits what expires (R3)', () => {
    const times = (options: Loose) => {
      const { warnAfter, expireAfter, absoluteTimeout } = resolve(options)
      return [warnAfter, expireAfter, absoluteTimeout]
    }
    assert.deepEqual(times({ expireAfter: 300 }), [240, 300, 43_200])
    assert.deepEqual(times({ expireAfter: 1200 }), [1140, 1200, 43_200])
    assert.deepEqual(times({ expireAfter: 121 }), [61, 121, 43_200])
    assert.deepEqual(times({ expireAfter: 120 }), [60, 120, 43_200])
    assert.deepEqual(times({ expireAfter: 100 }), [50, 100, 43_200])
    assert.deepEqual(times({ expireAfter: 40 }), [20, 40, 43_200])
    assert.deepEqual(times({ expireAfter: 43_201 }), [43_141, 43_201, 43_201])
    assert.deepEqual(times({ expireAfter: 100_000, warnAfter: 5 }), [5, 100_000, 100_000])
    assert.deepEqual(times({ warnAfter: 60 }), [60, 600, 43_200])
    assert.deepEqual(times({ warnAfter: 560 }), [560, 620, 43_200])
    assert.deepEqual(times({ warnAfter: 900 }), [900, 960, 43_200])
  })

  test('a default that leaves too short a warning is refused, unless that is allowed', () => {
    assert.throws(() => resolve({ expireAfter: 39 }), badOption('warnAfter', '19.5'))
    assert.equal(resolve({ expireAfter: 39, allowShortWarning: true }).warnAfter, 19.5)
  })

  test('one that is given counts against the default of another', () => {
    assert.throws(() => resolve({ warnAfter: 590, expireAfter: 600 }), { message: /which is 600, also at its default/ })
    assert.throws(() => resolve({ absoluteTimeout: 500 }),
      { message: /which is 600, also at its default; received 500/ })
  })

  test('allowShortWarning allows a warning of any length, but not none', () => {
    const allowShortWarning = true
    assert.equal(resolve({ warnAfter: 5, expireAfter: 10, allowShortWarning }).warnAfter, 5)
    assert.equal(resolve({ warnAfter: 9.999, expireAfter: 10, allowShortWarning }).warnAfter, 9.999)
    assert.throws(() => resolve({ warnAfter: 10, expireAfter: 10, allowShortWarning }), badOption('warnAfter', '10'))
    assert.throws(() => resolve({ warnAfter: 11, expireAfter: 10, allowShortWarning }),
      { code: BAD_OPTION, message: /less than expireAfter, which is 10; received 11/ })
  })

  test('recorded activities are no further apart than a session expires: throttle is less than expireAfter', () => {
    assert.equal(resolve({ throttle: 599.9 }).throttle, 599.9)
    assert.throws(() => resolve({ throttle: 600 }), badOption('throttle', '600'))
    assert.throws(() => resolve({ throttle: 601 }),
      { code: BAD_OPTION, message: /less than expireAfter, which is 600/ })
  })

  test('the absolute timeout is no shorter than the idle one, or there is none', () => {
    assert.equal(resolve({ absoluteTimeout: 600 }).absoluteTimeout, 600)
    assert.equal(resolve({ expireAfter: 1e6, absoluteTimeout: false }).absoluteTimeout, false)
    assert.throws(() => resolve({ absoluteTimeout: 599 }), badOption('absoluteTimeout', '599'))
  })

  test('two numbers are taken exactly when they leave a warning of twenty seconds', () => {
    fc.assert(fc.property(fc.integer({
      min: 1, max: 1000
    }), fc.integer({ min: 2, max: 1000 }), (warnAfter, expireAfter) => {
      const take = () => resolve({ warnAfter, expireAfter })
      if (warnAfter + 20 <= expireAfter) assert.doesNotThrow(take)
      else assert.throws(take, { code: BAD_OPTION })
    }))
  })
})

describe('the options that were passed and those in force', () => {
  test('the options that were passed are not changed', () => {
    const passiveUrls = Object.freeze(['/poll'])
    const session = Object.freeze({ secret: SECRET, cookie: Object.freeze({ path: '/' }) })
    const sweep = Object.freeze({ every: 60 })
    const options = Object.freeze({ session, passiveUrls, pingUrl: '/ping/', sweep, expireAfter: 900 })
    const before = structuredClone(options)
    resolve(options)
    assert.deepEqual(options, before)
  })

  test('the options in force cannot be changed', () => {
    const policy = resolve({})
    for (const part of [policy, policy.session, policy.passiveUrls, policy.allowedOrigins, policy.dropAtSignIn]) {
      assert.ok(Object.isFrozen(part))
    }
    assert.throws(() => Object.assign(policy, { expireAfter: 1e9 }), TypeError)
  })

  test('an option object or a list that is changed later changes nothing', () => {
    const passiveUrls = ['/poll']
    const options = { session: { secret: SECRET, rolling: false }, passiveUrls, expireAfter: 900 }
    const policy = resolve(options)
    passiveUrls.push('/everything/*')
    options.expireAfter = 1e6
    options.session.rolling = true
    assert.deepEqual(policy.passiveUrls, ['/poll'])
    assert.deepEqual([policy.expireAfter, policy.session.rolling], [900, false])
  })

  test('fixedTimeouts are none where one of them is decided per request', () => {
    assert.deepEqual(fixedTimeouts(resolve({})), { warnAfter: 540, expireAfter: 600, absoluteTimeout: 43_200 })
    for (const options of [{ warnAfter: () => 5 }, { expireAfter: () => 600 }, { absoluteTimeout: () => false }]) {
      assert.equal(fixedTimeouts(resolve(options)), undefined)
    }
  })
})

describe('standingTimeouts', () => {
  test('are the session\'s own where a function decides per request, and else those of the options', () => {
    const own = { warnAfter: 11, expireAfter: 22, absoluteTimeout: 33 }
    const functions = resolve({ warnAfter: () => 1, expireAfter: () => 2, absoluteTimeout: () => 3 })
    assert.deepEqual(timeoutsInForce(functions, own), own)
    assert.deepEqual(timeoutsInForce(resolve({}), own), { warnAfter: 540, expireAfter: 600, absoluteTimeout: 43_200 })
  })
})

describe('timeoutsFor', () => {
  test('numbers are the same for every request', () => {
    assert.deepEqual(timeoutsFor(resolve({ warnAfter: 60, expireAfter: 120, absoluteTimeout: false }), REQUEST),
      { warnAfter: 60, expireAfter: 120, absoluteTimeout: false })
  })

  test('functions are not called before a request is there', () => {
    const unasked = () => assert.fail('was asked')
    assert.equal(typeof resolve({ warnAfter: unasked, expireAfter: unasked }).warnAfter, 'function')
  })

  test('functions are asked with the request', () => {
    const asked: FastifyRequest[] = []
    const answering = (seconds: number) => (request: FastifyRequest) => {
      asked.push(request)
      return seconds
    }
    const policy = resolve({ warnAfter: answering(60), expireAfter: answering(120), absoluteTimeout: answering(240) })
    assert.deepEqual(timeoutsFor(policy, REQUEST), { warnAfter: 60, expireAfter: 120, absoluteTimeout: 240 })
    assert.equal(asked.length, 3)
    assert.ok(asked.every(request => request === REQUEST))
  })

  test('a function and a number go together', () => {
    assert.deepEqual(timeoutsFor(resolve({ warnAfter: () => 500 }), REQUEST),
      { warnAfter: 500, expireAfter: 600, absoluteTimeout: 43_200 })
    assert.deepEqual(timeoutsFor(resolve({ warnAfter: 540, expireAfter: () => 900 }), REQUEST),
      { warnAfter: 540, expireAfter: 900, absoluteTimeout: 43_200 })
    assert.deepEqual(timeoutsFor(resolve({ absoluteTimeout: () => false }), REQUEST),
      { warnAfter: 540, expireAfter: 600, absoluteTimeout: false })
  })

  test('defaults follow what a function answers, which is asked once', () => {
    const answers = [300, 50_000, 60]
    const policy = resolve({ expireAfter: () => answers.shift() })
    const times = () => timeoutsFor(policy, REQUEST)
    assert.deepEqual(times(), { warnAfter: 240, expireAfter: 300, absoluteTimeout: 43_200 })
    assert.deepEqual(times(), { warnAfter: 49_940, expireAfter: 50_000, absoluteTimeout: 50_000 })
    assert.deepEqual(times(), { warnAfter: 30, expireAfter: 60, absoluteTimeout: 43_200 })
  })

  test('a promise is refused by the name of its option, and its rejection ends nothing (G10)', async t => {
    const unhandled = t.mock.fn()
    process.on('unhandledRejection', unhandled)
    t.after(() => process.off('unhandledRejection', unhandled))
    for (const name of ['warnAfter', 'expireAfter', 'absoluteTimeout']) {
      const policy = resolve({ [name]: async () => { throw new Error('no tenant') } })
      assert.throws(() => timeoutsFor(policy, REQUEST), badOption(name, 'a promise'))
    }
    await new Promise(resolve => setImmediate(resolve))
    assert.equal(unhandled.mock.callCount(), 0)
  })

  const noAnswers: [unknown, string][] = [
    [
      Promise.resolve(600), 'a promise'
    ], [NaN, 'NaN'], ['600', '"600"'], [
      undefined, 'undefined'
    ], [null, 'null'], [0, '0'], [-5, '-5'], [Infinity, 'Infinity'], [false, 'false'],
    [MAX_SECONDS + 1, '2147483648'], [600n, '600'], [Symbol('soon'), 'Symbol(soon)'], [circular, 'an object']
  ]
  for (const name of ['warnAfter', 'expireAfter', 'absoluteTimeout'] as const) {
    for (const [answer, received] of noAnswers) {
      if (name === 'absoluteTimeout' && answer === false) continue // none
      test(`a ${name} that answers with ${received} of type ${typeof answer} is refused when it is asked`, () => {
        const policy = resolve({ [name]: () => answer })
        assert.throws(() => timeoutsFor(policy, REQUEST), badOption(name, received))
      })
    }
  }

  test('an error that a function throws is its own', () => {
    const policy = resolve({ expireAfter: () => { throw new RangeError('no tenant') } })
    assert.throws(() => timeoutsFor(policy, REQUEST), { name: 'RangeError', message: 'no tenant' })
  })

  test('answers that contradict each other are refused as options are', () => {
    const answers = (options: Loose) => () => timeoutsFor(resolve(options), REQUEST)
    assert.throws(answers({ warnAfter: () => 590 }), badOption('warnAfter', '590'))
    assert.throws(answers({ warnAfter: 540, expireAfter: () => 550 }), badOption('warnAfter', '540'))
    assert.throws(answers({ warnAfter: () => 5, expireAfter: () => 10 }), badOption('warnAfter', '5'))
    assert.throws(answers({ expireAfter: () => 50_000, absoluteTimeout: 43_200 }),
      badOption('absoluteTimeout', '43200'))
    assert.throws(answers({ absoluteTimeout: () => 599 }), badOption('absoluteTimeout', '599'))
    assert.throws(answers({ warnAfter: () => 10, expireAfter: () => 60, throttle: 90 }), badOption('throttle', '90'))
  })

  test('allowShortWarning holds for what functions answer too', () => {
    const policy = resolve({ warnAfter: () => 5, expireAfter: () => 10, allowShortWarning: true })
    assert.deepEqual(timeoutsFor(policy, REQUEST), { warnAfter: 5, expireAfter: 10, absoluteTimeout: 43_200 })
  })
})

describe('the user of a session', () => {
  function idFor (answer: unknown): string | undefined {
    return identityOf(resolve({ userOf: () => answer }), {}).user
  }

  test('is a text, and a number or a bigint becomes one', () => {
    assert.equal(idFor('ann'), 'ann')
    assert.equal(idFor(42), '42')
    assert.equal(idFor(0), '0')
    assert.equal(idFor(2n ** 64n), '18446744073709551616')
    assert.equal(idFor('x'.repeat(256)), 'x'.repeat(256))
    assert.equal(idFor('🔑'), '🔑')
  })

  test('is nobody by undefined and null', () => {
    assert.equal(idFor(undefined), undefined)
    assert.equal(idFor(null), undefined)
  })

  test('is asked of what the session holds, and of no request', () => {
    const asked: unknown[][] = []
    const session = { user: 'ann' }
    const userOf = (...args: unknown[]) => { asked.push(args) }
    identityOf(resolve({ userOf }), session)
    assert.deepEqual(asked, [[session]])
  })

  const noIds: Array<[unknown, string]> = [
    ['', 'a string of 0 characters'], [
      'x'.repeat(257), 'a string of 257 characters'
    ], [NaN, 'NaN'], [Infinity, 'Infinity'], [true, 'true'],
    [false, 'false'], [{ id: 1 }, 'an object'], [['ann'], 'an object'], [Promise.resolve('ann'), 'a promise'],
    [() => 'ann', 'a function'], [Symbol('ann'), 'a symbol'], [circular, 'an object'],
    ['\ud83d', 'a string of 1 characters'], [10n ** 256n, 'a bigint']
  ]
  for (const [answer, received] of noIds) {
    test(`is not ${received.slice(0, 20)} of type ${typeof answer}`, () => {
      assert.throws(() => idFor(answer), badOption('userOf', received))
    })
  }
})

describe('the device of a sign-in', () => {
  function deviceOf (answer: unknown): unknown {
    return deviceFor(resolve({ deviceOf: () => answer }), REQUEST)
  }

  test('is an address and a browser, either of which may be absent, cut at 200 characters', () => {
    assert.deepEqual(deviceOf({ address: '::1', userAgent: 'x'.repeat(300) }),
      { address: '::1', userAgent: 'x'.repeat(200) })
    assert.deepEqual(deviceOf({ address: undefined, userAgent: '' }), {})
    assert.equal(deviceOf(null), undefined)
    assert.equal(deviceOf(undefined), undefined)
    assert.equal(deviceFor(resolve({}), REQUEST), undefined)
  })

  const noDevices: Array<[unknown, string]> = [
    ['curl', 'a string of 4 characters'], [{ ip: '::1' }, 'an object'], [{ address: 7 }, 'an object'], [true, 'true'],
    [Promise.resolve({}), 'a promise']
  ]
  for (const [answer, received] of noDevices) {
    test(`is not ${received}`, () => {
      assert.throws(() => deviceOf(answer), badOption('deviceOf', received))
    })
  }

  test('is not a promise that rejects, which ends nothing (audit/05)', () => {
    assert.throws(() => deviceOf(Promise.reject(new Error('no address'))), badOption('deviceOf', 'a promise'))
  })
})
