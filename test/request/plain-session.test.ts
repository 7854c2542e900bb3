import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { Signer } from '@fastify/cookie'
import fastifySession from '@fastify/session'
import type { SessionStore } from '@fastify/session'
import type { FastifyRequest } from 'fastify'
import type { Seen, Sequence } from '../helpers/session-peers.ts'
import { SECRET, pairPeers, plainPeer, play } from '../helpers/session-peers.ts'
import { acts } from './plain-session-acts.ts'

const OLD_SECRET = 'a secret that was in use until today'
const UNKNOWN_ID = 'unknown-'.repeat(4)
const UNKNOWN = new Signer(SECRET).sign(UNKNOWN_ID)
const FORGED = `${UNKNOWN_ID}.forged`

const reversing = {
  sign: (value: string) => `${value}.${[...value].reverse().join('')}`,
  unsign (signed: string) {
    const [value = '', signature] = signed.split('.')
    const valid = signature === [...value].reverse().join('')
    return { valid, renew: false, value: valid ? value : null }
  }
}

/** Returns an id that names the user, as in the README of @fastify/session. */
function idByHolder (request?: FastifyRequest): string {
  const random = randomBytes(24).toString('base64url')
  return request?.session?.user === undefined ? random : `returning-${random.slice(10)}`
}

const ATTRIBUTES_SET: object = { path: '/admin', domain: 'site.example', sameSite: 'strict', httpOnly: false }

/** Returns an id with the host of the request, as the README of @fastify/session does. */
function idByHost (request?: FastifyRequest): string {
  const host = request?.headers.host?.replace(':', '_') ?? ''
  return host + randomBytes(24).toString('base64url').slice(host.length)
}

type Method = 'get' | 'set' | 'destroy'

function failing (method: Method, code?: string): () => SessionStore {
  return () => {
    const store = new fastifySession.MemoryStore()
    const error = Object.assign(new Error('the store is away'), { code })
    Object.assign(store, { [method]: (...args: unknown[]) => (args.at(-1) as (error: Error) => void)(error) })
    return store
  }
}

const https = true

const SEQUENCES: readonly Sequence[] = [
  { name: 'get and set', steps: ['read', 'set', 'read', 'assign', 'read', 'sameAgain', 'remove', 'read'] },
  { name: 'values of all kinds', steps: ['others', 'read', 'date', 'isDate'] },
  { name: 'what cannot be kept', steps: ['bigInt', 'read', 'reserved', 'read'] },
  { name: 'keys', steps: ['keys', 'set', 'keys'] },
  { name: 'isModified() and isSaved()', steps: ['modified', 'modified', 'read'] },
  { name: 'save()', steps: ['save', 'saveByCallback', 'read', 'save', 'saveReturns'] },
  {
    name: 'save() and reload() over http with a secure cookie',
    session: { cookie: { secure: true } },
    steps: ['saveByCallback', 'saveAndReload']
  },
  { name: 'destroy()', steps: ['set', 'destroy', 'read', { act: 'read', cookie: 'first' }] },
  { name: 'destroy() with a callback', steps: ['set', 'destroyByCallback', { act: 'read', cookie: 'first' }] },
  { name: 'destroy() of nothing', steps: ['destroy', 'destroyByCallback'] },
  { name: 'regenerate() of nothing', steps: ['regenerate', 'regenerateByCallback'] },
  { name: 'regenerate()', steps: ['set', 'regenerate', 'read', { act: 'read', cookie: 'first' }] },
  { name: 'regenerate() with a callback', steps: ['set', 'regenerateByCallback', 'read'] },
  {
    name: 'regenerate(keys)',
    steps: ['set', 'others', 'regenerateKeeping', 'read', { act: 'read', cookie: 'first' }]
  },
  { name: 'regenerate(keys) with a callback', steps: ['set', 'others', 'regenerateKeepingByCallback', 'read'] },
  { name: 'the id that regenerate() gives', steps: ['regenerateToId', 'regenerateToId', 'isSameId', 'read'] },
  { name: 'the id that regenerate() gives after a sign-in', steps: ['signIn', 'regenerateToId', 'isSameId', 'read'] },
  {
    name: 'an idGenerator that looks at the session',
    session: { idGenerator: idByHolder },
    steps: ['signIn', 'regenerateKeeping', 'isOfHolder']
  },
  { name: 'reload()', steps: ['reload', 'set', 'reload', 'reloadByCallback', 'read'] },
  { name: 'save() and reload()', steps: ['saveAndReload', 'read'] },
  { name: 'a sign-in, save() and reload()', steps: ['set', 'signInAndReload', 'read'] },
  { name: 'touch()', session: { cookie: { maxAge: 3_600_000 } }, steps: ['touch', 'set', 'touch', 'age'] },
  { name: 'touch() without an age', steps: ['touch', 'set', 'touch'] },
  { name: 'options()', steps: ['hourLong', 'age', 'read', 'scriptable', 'cookie'] },
  { name: 'options() for one session only', steps: ['scriptable', { act: 'set', cookie: null }] },
  { name: 'an age of its own', session: { cookie: { maxAge: 3_600_000 } }, steps: ['ownAge', 'age', 'set', 'age'] },
  {
    name: 'decryptSession()',
    steps: ['set', 'decrypt', 'decryptWithOptions', 'decryptForged', 'decryptAndSave', 'read']
  },
  {
    name: 'decryptSession() with a configured age',
    session: { cookie: { maxAge: 3_600_000 } },
    steps: ['set', 'decrypt', 'decryptWithOptions', 'decryptForged']
  },
  {
    name: 'request.sessionStore',
    steps: [
      'set', 'storeGet', 'storeGetUnknown', 'storeSet', 'read', 'storeSetOther', 'storeSetExpired',
      'storeDestroy', 'read'
    ]
  },
  { name: 'request.sessionStore and who is signed in', steps: ['set', 'storeSetUser', 'read'] },
  { name: 'sessionId and encryptedSessionId', steps: ['ids', 'ids'] },
  {
    name: 'attributes of the cookie',
    session: { cookie: ATTRIBUTES_SET },
    steps: [{ act: 'set', under: '/admin' }, { act: 'cookie', under: '/admin' }]
  },
  {
    name: 'a secure cookie',
    session: { cookie: { secure: true } },
    steps: ['set', { act: 'set', https }, { act: 'read', https }, 'assign', 'read', { act: 'read', https }]
  },
  {
    name: 'a cookie that is secure by default',
    session: { cookie: { secure: undefined } as object },
    steps: ['set', { act: 'set', https }]
  },
  {
    name: 'a cookie that is secure where the request is',
    session: { cookie: { secure: 'auto' } },
    steps: ['set', { act: 'set', https, cookie: null }]
  },
  {
    name: 'a cookie that is secure where the request is, on a site of its own',
    session: { cookie: { secure: 'auto', sameSite: 'none' } },
    steps: ['set', { act: 'set', https, cookie: null }]
  },
  {
    name: 'expires',
    session: { cookie: { expires: new Date(Date.now() + 3_600_000) } },
    steps: ['set', 'age', 'read']
  },
  {
    name: 'expires and maxAge',
    session: { cookie: { expires: new Date(Date.now() + 3_600_000), maxAge: 7_200_000 } },
    steps: ['set', 'age']
  },
  {
    name: 'a cookie that has expired',
    session: { cookie: { maxAge: 1000 } },
    steps: ['set', { act: 'read', after: 1100 }, 'read']
  },
  {
    name: 'cookieName and cookiePrefix',
    session: { cookieName: 'connect.sid', cookiePrefix: 's:' },
    steps: ['set', 'read', { act: 'read', cookie: `s:${FORGED}` }, { act: 'read', cookie: 'without' }]
  },
  {
    name: 'an idGenerator',
    session: { idGenerator: idByHost },
    steps: ['ids', 'isSameId', 'read']
  },
  {
    name: 'a signer',
    session: { secret: reversing },
    steps: ['set', 'isSameId', 'read', { act: 'read', cookie: 'forged.signature' }]
  },
  {
    name: 'several secrets',
    session: { secret: [SECRET, OLD_SECRET] },
    steps: ['set', 'read', 'storeSetOther', { act: 'read', cookie: new Signer(OLD_SECRET).sign('x'.repeat(32)) }]
  },
  { name: 'another algorithm', session: { algorithm: 'sha512' }, steps: ['set', 'read'] },
  {
    name: 'the path of the cookie',
    session: { cookie: { path: '/admin' } },
    steps: [
      'outside', { act: 'outside', under: '/admin' }, { act: 'outside', under: '/administration' },
      { act: 'set', under: '/admin' }, 'outside', { act: 'read', under: '/admin' }
    ]
  },
  {
    name: 'the path of the cookie with a slash',
    session: { cookie: { path: '/admin/' } },
    steps: ['outside', { act: 'outside', under: '/admin' }, { act: 'outside', under: '/administration' }]
  },
  {
    name: 'rolling: true',
    session: { rolling: true, cookie: { maxAge: 3_600_000 } },
    steps: ['read', 'set', 'read', 'assign']
  },
  {
    name: 'rolling: true for somebody signed in',
    session: { rolling: true, cookie: { maxAge: 3_600_000 } },
    steps: ['signIn', 'read', 'assign']
  },
  { name: 'rolling: true without an age', session: { rolling: true }, steps: ['set', 'read', 'signIn', 'read'] },
  {
    name: 'rolling by default',
    session: { rolling: undefined, cookie: { maxAge: 3_600_000 } } as object,
    steps: ['set', 'read']
  },
  { name: 'a forged cookie', steps: [{ act: 'read', cookie: FORGED }, { act: 'set', cookie: FORGED }] },
  {
    name: 'a cookie of an unknown session',
    steps: [{ act: 'read', cookie: UNKNOWN }, { act: 'set', cookie: UNKNOWN }, 'read']
  },
  { name: 'a sign-in', steps: ['signIn', 'read', 'assign', 'read'] },
  { name: 'a sign-in to an anonymous session', steps: ['set', 'signIn', 'read', { act: 'read', cookie: 'first' }] },
  { name: 'a sign-in that is saved', steps: ['set', 'signInAndSave', 'read'] },
  { name: 'a sign-in of another user', steps: ['signIn', 'set', 'signInAsEve', 'read'] },
  {
    name: 'a sign-in over http with a secure cookie',
    session: { cookie: { secure: true } },
    steps: ['signIn', { act: 'read', https }]
  },
  { name: 'a sign-out', steps: ['signIn', 'signOut', 'read', { act: 'read', cookie: 'first' }] },
  {
    name: 'a sign-out that leaves something',
    steps: ['signIn', 'set', 'signOut', 'read', { act: 'read', cookie: 'first' }]
  },
  { name: 'a handler that fails', steps: ['fails', 'read'] },
  { name: 'a redirect', steps: ['redirect', 'read'] },
  { name: 'a store that cannot read', store: failing('get'), steps: ['set', 'read', 'reload'] },
  { name: 'a store that says ENOENT', store: failing('get', 'ENOENT'), steps: ['set', 'set'] },
  {
    name: 'a store that cannot write',
    store: failing('set'),
    steps: ['read', 'set', 'save', 'saveByCallback', 'regenerateFails']
  },
  {
    name: 'a store that cannot destroy',
    store: failing('destroy'),
    steps: ['set', 'destroyFails', 'regenerateFails']
  }
]

/** The reasons of the differences between @fastify/session and this package. */
const EDIT = 'G14: an ordinary edit carries no cookie line'
const DEAD = 'G14: a cookie that is dead, unknown, forged, or signed with an older secret is left alone'
const SIGN_OUT = 'G14: the answer that ends a session takes its cookie away, with the attributes that it was set with'
const ROLLING = 'G14: rolling is false by default, and renews the age of a cookie that has one, of somebody signed in'
const NEW_ID = 'G15: a sign-in has a new id, and what came before is worth nothing'
const LEFT_BEHIND = 'G15: the keys of another user are left behind'
const NEW_ID_AFTER = 'G2, G15: a sign-out ends the session; what it leaves goes on under a new id'
const RELOADED = 'G14: the answer of the request that began a session gives the browser its cookie, also after reload()'
const OUTSIDE = 'G15: nobody is signed in by sessionStore.set(), which no new id follows'
const INSECURE_SIGN_IN = 'a sign-in whose cookie no browser would send back is refused with a coded error'
const INSECURE_EDIT = 'an edit needs no cookie line: it is kept over http too, and not lost in silence'
const EMPTY = 'saveUninitialized is false for save() too: a session that holds nothing is not begun'
const RENEWED_AT_SAVE = 'regenerate() decides when the session is saved what is written, and fails then'
const ONE_TRY = 'the end of the request does not repeat a save whose failure the application has seen'
const OUTAGE = 'G7: a store that fails is a coded 503, and its own words are for the log'
const JSON_ONLY = 'contents are kept as JSON by every store, and what cannot be kept is refused with a coded error'
const ATTRIBUTES = 'attributes of a cookie are never stored: those of the configuration and of decryptSession() hold'
const RECORD = '_session_security shows the record of the session'

const SET = 'sessionId=id1.signed; Path=/; HttpOnly'
const SET_OTHER = 'sessionId=id2.signed; Path=/; HttpOnly'
const CLEARED = 'sessionId=; Max-Age=0; Path=/; Expires=past; HttpOnly'
/** The line by which @fastify/session clears a cookie, without its attributes. */
const CLEARED_PLAIN = 'sessionId=; Max-Age=0; Path=/; Expires=past; SameSite=Lax'
const AWAY = 'Sessions cannot be looked up at the moment. Try again in a few seconds.'
const AWAY_CODED = `FST_SESSION_SECURITY_STORE_UNAVAILABLE: ${AWAY}`

type Facet = keyof Seen
type Value = string | number

type Difference = readonly [step: number, facet: Facet, plain: Value, pair: Value, reason: string]

/** Every difference of the pair on either store, by sequence. All else is alike. */
const DIFFERENCES: Readonly<Record<string, readonly Difference[]>> = {
  'get and set': [
    [3, 'cookie', SET, '', EDIT],
    [5, 'cookie', SET, '', EDIT],
    [6, 'cookie', SET, '', EDIT]
  ],
  'values of all kinds': [
    [2, 'cookie', SET, '', EDIT],
    [3, 'body', 'true', 'false', JSON_ONLY]
  ],
  'what cannot be kept': [
    [0, 'status', 200, 500, JSON_ONLY],
    [0, 'body',
      '',
      'FST_SESSION_SECURITY_NOT_SERIALIZABLE: The session\'s "big" cannot be written as JSON (Do not know ' +
        'how to serialize a BigInt). Nothing was saved.',
      JSON_ONLY],
    [2, 'body',
      'no code: session.save is not a function',
      'FST_SESSION_SECURITY_RESERVED_KEY: A session cannot hold a value under "save": @fastify/session ' +
        'needs that name itself. Nothing was saved.',
      JSON_ONLY]
  ],
  keys: [
    [2, 'body', '["a","cookie"]', '["_session_security","a","cookie"]', RECORD]
  ],
  'isModified() and isSaved()': [
    [1, 'cookie', SET, '', EDIT]
  ],
  'save()': [
    [0, 'body', '["done",true]', '["done",false]', EMPTY],
    [0, 'cookie', SET, '', EMPTY],
    [3, 'cookie', SET, '', EDIT],
    [4, 'cookie', SET, '', EDIT]
  ],
  'save() and reload()': [
    [0, 'cookie', '', SET, RELOADED],
    [1, 'body', '{}', '{"a":6}', RELOADED]
  ],
  'a sign-in, save() and reload()': [
    [1, 'cookie', '', SET_OTHER, NEW_ID]
  ],
  'destroy()': [
    [1, 'cookie', '', CLEARED, SIGN_OUT],
    [2, 'cookie', CLEARED_PLAIN, '', DEAD],
    [3, 'cookie', CLEARED_PLAIN, '', DEAD]
  ],
  'destroy() with a callback': [
    [1, 'cookie', '', CLEARED, SIGN_OUT],
    [2, 'cookie', CLEARED_PLAIN, '', DEAD]
  ],
  'regenerate()': [
    [1, 'cookie', CLEARED_PLAIN, '', DEAD],
    [3, 'cookie', CLEARED_PLAIN, '', DEAD]
  ],
  'regenerate() with a callback': [
    [1, 'cookie', CLEARED_PLAIN, '', DEAD]
  ],
  'regenerate(keys)': [
    [1, 'cookie', SET, '', EDIT],
    [4, 'cookie', CLEARED_PLAIN, '', DEAD]
  ],
  'regenerate(keys) with a callback': [
    [1, 'cookie', SET, '', EDIT]
  ],
  'options()': [
    [3, 'cookie', 'sessionId=id1.signed; Path=/; Expires in 60 min', '', EDIT],
    [4, 'body',
      '{"path":"/","domain":null,"httpOnly":false,"secure":false,"sameSite":null,"age":3600000}',
      '{"path":"/","domain":null,"httpOnly":true,"secure":false,"sameSite":null,"age":3600000}',
      ATTRIBUTES]
  ],
  'an age of its own': [
    [2, 'cookie', 'sessionId=id1.signed; Path=/; Expires in 120 min; HttpOnly', '', EDIT]
  ],
  'decryptSession()': [
    [2, 'body',
      '{"httpOnly":true,"originalMaxAge":86400,"a":1}',
      '{"httpOnly":false,"originalMaxAge":86400,"a":1}',
      ATTRIBUTES]
  ],
  'decryptSession() with a configured age': [
    [2, 'body',
      '{"httpOnly":true,"originalMaxAge":3600000,"a":1}',
      '{"httpOnly":false,"originalMaxAge":86400,"a":1}',
      ATTRIBUTES]
  ],
  'request.sessionStore': [
    [8, 'cookie', CLEARED_PLAIN, '', DEAD]
  ],
  'request.sessionStore and who is signed in': [
    [1, 'body', '{"refused":null}', '{"refused":"FST_SESSION_SECURITY_OUTSIDE_SAVE"}', OUTSIDE],
    [2, 'body', '{"user":"eve"}', '{"a":1}', OUTSIDE]
  ],
  'a secure cookie': [
    [4, 'body', '{"a":1}', '{"a":2}', INSECURE_EDIT],
    [5, 'body', '{"a":1}', '{"a":2}', INSECURE_EDIT]
  ],
  'a cookie that has expired': [
    [1, 'cookie', CLEARED_PLAIN, '', DEAD]
  ],
  'cookieName and cookiePrefix': [
    [2, 'cookie', 'connect.sid=; Max-Age=0; Path=/; Expires=past; SameSite=Lax', '', DEAD]
  ],
  'a signer': [
    [3, 'cookie', CLEARED_PLAIN, '', DEAD]
  ],
  'several secrets': [
    [3, 'cookie', CLEARED_PLAIN, '', DEAD]
  ],
  'rolling: true': [
    [2, 'cookie', 'sessionId=id1.signed; Path=/; Expires in 60 min; HttpOnly', '', ROLLING],
    [3, 'cookie', 'sessionId=id1.signed; Path=/; Expires in 60 min; HttpOnly', '', ROLLING]
  ],
  'rolling: true without an age': [
    [1, 'cookie', SET, '', ROLLING],
    [2, 'cookie', SET, SET_OTHER, NEW_ID],
    [3, 'cookie', SET, '', ROLLING]
  ],
  'rolling by default': [
    [1, 'cookie', 'sessionId=id1.signed; Path=/; Expires in 60 min; HttpOnly', '', ROLLING]
  ],
  'a forged cookie': [
    [0, 'cookie', CLEARED_PLAIN, '', DEAD]
  ],
  'a cookie of an unknown session': [
    [0, 'cookie', CLEARED_PLAIN, '', DEAD]
  ],
  'a sign-in': [
    [2, 'cookie', SET, '', EDIT]
  ],
  'a sign-in to an anonymous session': [
    [1, 'cookie', SET, SET_OTHER, NEW_ID],
    [3, 'body', '{"a":1,"user":"ada"}', '{}', NEW_ID]
  ],
  'a sign-in that is saved': [
    [1, 'cookie', SET, SET_OTHER, NEW_ID]
  ],
  'a sign-in of another user': [
    [1, 'cookie', SET, '', EDIT],
    [2, 'cookie', SET, SET_OTHER, NEW_ID],
    [3, 'body', '{"user":"eve","a":1}', '{"user":"eve"}', LEFT_BEHIND]
  ],
  'a sign-in over http with a secure cookie': [
    [0, 'status', 200, 500, INSECURE_SIGN_IN],
    [0, 'body',
      '',
      'FST_SESSION_SECURITY_INSECURE_COOKIE: A sign-in over http cannot set a cookie with "secure: true". ' +
        'Behind a proxy that ends TLS, set Fastify\'s "trustProxy"; to serve both, set session.cookie.secure ' +
        'to "auto".',
      INSECURE_SIGN_IN]
  ],
  'a sign-out': [
    [1, 'cookie', SET, CLEARED, SIGN_OUT]
  ],
  'a sign-out that leaves something': [
    [1, 'cookie', SET, '', EDIT],
    [2, 'cookie', SET, SET_OTHER, NEW_ID_AFTER],
    [4, 'body', '{"a":1}', '{}', NEW_ID_AFTER]
  ],
  'a store that cannot read': [
    [1, 'status', 500, 503, OUTAGE],
    [1, 'body', 'no code: the store is away', AWAY_CODED, OUTAGE],
    [2, 'status', 500, 503, OUTAGE],
    [2, 'body', 'no code: the store is away', AWAY_CODED, OUTAGE]
  ],
  'a store that cannot write': [
    [1, 'status', 500, 503, OUTAGE],
    [1, 'body', 'no code: the store is away', AWAY_CODED, OUTAGE],
    [2, 'body', '["the store is away",false]', '["done",false]', EMPTY],
    [3, 'status', 500, 200, ONE_TRY],
    [3, 'body',
      'no code: the store is away',
      '{"error":"Sessions cannot be looked up at the moment. Try again in a few seconds.","isSaved":false}',
      ONE_TRY],
    [4, 'body', 'the store is away', 'done', RENEWED_AT_SAVE]
  ],
  'a store that cannot destroy': [
    [1, 'body', 'the store is away', AWAY, OUTAGE],
    [2, 'status', 200, 503, RENEWED_AT_SAVE],
    [2, 'body', 'the store is away', AWAY_CODED, RENEWED_AT_SAVE],
    [2, 'cookie', CLEARED_PLAIN, '', RENEWED_AT_SAVE]
  ]
}

const FACETS: readonly Facet[] = ['status', 'body', 'cookie']

/** Returns the facets in which two runs of one sequence differ, without reasons. */
function differences (plain: readonly Seen[], pair: readonly Seen[]): Value[][] {
  return plain.flatMap((answer, step) => FACETS
    .filter(facet => answer[facet] !== pair[step]?.[facet])
    .map(facet => [step, facet, answer[facet], pair[step]?.[facet] ?? 'no answer']))
}

const played = new Map<Sequence, Promise<Seen[]>>()

function playPlain (sequence: Sequence): Promise<Seen[]> {
  const known = played.get(sequence)
  if (known !== undefined) return known
  const playing = play(plainPeer, sequence, acts)
  played.set(sequence, playing)
  return playing
}

describe('what an application sees of its sessions, beside @fastify/session alone', () => {
  for (const sequence of SEQUENCES) {
    const { name, store } = sequence
    const listed = DIFFERENCES[name] ?? []
    const reasons = [...new Set(listed.map(([, , , , reason]) => reason))]
    for (const peer of pairPeers.filter(({ takesStore }) => takesStore || store === undefined)) {
      const how = reasons.length === 0 ? 'is alike' : `differs as listed (${reasons.join('; ')})`
      it(`${name}, on ${peer.name}, ${how}`, async () => {
        const [plain, pair] = await Promise.all([playPlain(sequence), play(peer, sequence, acts)])
        assert.deepEqual(differences(plain, pair), listed.map(difference => difference.slice(0, 4)))
      })
    }
  }

  it('has no difference listed of a sequence that does not exist', () => {
    const names = SEQUENCES.map(({ name }) => name)
    assert.deepEqual(Object.keys(DIFFERENCES).filter(name => !names.includes(name)), [])
    assert.equal(new Set(names).size, names.length)
  })

  it('has every step answered by an act that there is', () => {
    const missing = SEQUENCES.flatMap(({ steps }) => steps.map(step => typeof step === 'string' ? step : step.act))
      .filter(act => acts[act] === undefined)
    assert.deepEqual(missing, [])
  })
})
