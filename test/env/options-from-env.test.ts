import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Fastify from 'fastify'
import type { SessionSecurityOptions } from '../../src/options/options.ts'
import type { EnvChoices } from '../../src/env.ts'
import { environmentNotes, optionsFromEnv } from '../../src/env.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { SECRET, addSignIn } from '../helpers/app.ts'
import { LogCapture } from '../helpers/log-capture.ts'

/** The options that an application must give itself. */
const GIVEN = {
  session: { secret: SECRET, cookie: { secure: false } },
  userOf: (session: { readonly user?: string }) => session.user
}

/** Returns the options from the environment that are not those of {@link GIVEN}. */
function read (env: NodeJS.ProcessEnv): Partial<SessionSecurityOptions> {
  const { userOf, ...options } = optionsFromEnv(GIVEN, env)
  assert.equal(userOf, GIVEN.userOf)
  return options
}

/** Signs in at an application that these options alone configure. */
async function signIn (options: SessionSecurityOptions) {
  const app = Fastify()
  await app.register(sessionSecurity, options)
  addSignIn(app)
  const response = await app.inject({ method: 'POST', url: '/sign-in' })
  await app.close()
  return response
}

/** Returns the error message for an environment that cannot be used. */
function problem (env: NodeJS.ProcessEnv, given: Partial<SessionSecurityOptions> = {}, choices?: EnvChoices): string {
  try {
    optionsFromEnv({ ...GIVEN, ...given }, env, choices)
  } catch (error) {
    assert.ok(error instanceof TypeError)
    assert.equal(Reflect.get(error, 'code'), 'FST_SESSION_SECURITY_BAD_ENV')
    return error.message.replace('The environment cannot be used: ', '')
  }
  return 'none'
}

describe('optionsFromEnv', () => {
  it('reads every variable', () => {
    assert.deepEqual(read({
      SESSION_SECURITY_WARN_AFTER: '60',
      SESSION_SECURITY_EXPIRE_AFTER: '90.5',
      SESSION_SECURITY_ABSOLUTE_TIMEOUT: '3600',
      SESSION_SECURITY_PASSIVE_URLS: '/api/unread, /health/*,/api/jobs/:id',
      SESSION_SECURITY_REDIRECT_TO_LOGOUT: 'https://sso.example/end?A=B',
      SESSION_SECURITY_PING_URL: '/alive',
      SESSION_SECURITY_SWEEP_CRON: '0 5 * * *',
      SESSION_COOKIE_AGE: '7200',
      SESSION_SAVE_EVERY_REQUEST: 'false',
      SESSION_EXPIRE_AT_BROWSER_CLOSE: 'false',
      SESSION_COOKIE_NAME: 'sid',
      SESSION_COOKIE_SECURE: 'auto',
      SESSION_COOKIE_HTTPONLY: 'True',
      SESSION_COOKIE_SAMESITE: 'Lax',
      SESSION_COOKIE_DOMAIN: '.example.com',
      SESSION_COOKIE_PATH: '/app'
    }), {
      session: {
        secret: SECRET,
        cookieName: 'sid',
        rolling: false,
        cookie: {
          secure: 'auto', httpOnly: true, sameSite: 'lax', domain: '.example.com', path: '/app', maxAge: 7_200_000
        }
      },
      warnAfter: 60,
      expireAfter: 90.5,
      absoluteTimeout: 3600,
      passiveUrls: ['/api/unread', '/health/*', '/api/jobs/:id'],
      redirectToLogout: 'https://sso.example/end?A=B',
      pingUrl: '/alive',
      sweep: { cron: '0 5 * * *' }
    })
  })

  it('leaves unset and empty variables to the defaults', () => {
    const nothing = { session: GIVEN.session }
    assert.deepEqual(read({ PATH: '/bin', SESSION_SECRET: 'x' }), nothing)
    assert.deepEqual(read({
      SESSION_SECURITY_WARN_AFTER: '',
      SESSION_SECURITY_PASSIVE_URLS: ' ',
      SESSION_SECURITY_TYPO: '',
      SESSION_COOKIE_AGE: undefined
    }), nothing)
  })

  it('reads the environment of the process by default, and not beside another', t => {
    process.env['SESSION_SECURITY_EXPIRE_AFTER'] = '1234'
    t.after(() => { delete process.env['SESSION_SECURITY_EXPIRE_AFTER'] })
    assert.equal(optionsFromEnv(GIVEN).expireAfter, 1234)
    assert.deepEqual(read({}), { session: GIVEN.session })
  })

  it('takes true and false as Python writes them, and false for no absolute timeout', () => {
    const { absoluteTimeout, session } = read({
      SESSION_SECURITY_ABSOLUTE_TIMEOUT: 'False',
      SESSION_SAVE_EVERY_REQUEST: 'True'
    })
    assert.equal(absoluteTimeout, false)
    assert.equal(session?.rolling, true)
  })

  it('outweighs what the application gives, and keeps the rest of it', () => {
    const given = { ...GIVEN, store: new MemoryStore(), warnAfter: 100 }
    const options = optionsFromEnv({ ...given, expireAfter: 300 }, { SESSION_SECURITY_EXPIRE_AFTER: '200' })
    assert.deepEqual(options, { ...given, expireAfter: 200 })
  })

  it('outweighs the cookie age that the application gives, and keeps the rest of the cookie', () => {
    const cookie = { secure: 'auto', maxAge: 1000, path: '/app' } as const
    const session = { secret: SECRET, cookieName: 'sid', cookie }
    const cookieBy = (env: NodeJS.ProcessEnv) => optionsFromEnv({ ...GIVEN, expireAfter: 600, session }, env).session
    const { maxAge, ...rest } = session.cookie
    assert.deepEqual(cookieBy({ SESSION_COOKIE_AGE: '7200' }), { ...session, cookie: { ...rest, maxAge: 7_200_000 } })
    assert.deepEqual(cookieBy({ SESSION_EXPIRE_AT_BROWSER_CLOSE: 'true' }), { ...session, cookie: rest })
    assert.deepEqual(cookieBy({}), { ...session, cookie: { ...rest, maxAge } })
  })

  it('leaves what the application gives as it is', () => {
    const session = Object.freeze({ secret: SECRET, cookie: Object.freeze({ path: '/' }) })
    const given = Object.freeze({ ...GIVEN, session })
    optionsFromEnv(given, { SESSION_COOKIE_AGE: '7200', SESSION_SECURITY_EXPIRE_AFTER: '200' })
    assert.deepEqual(given.session.cookie, { path: '/' })
  })

  it('ends the cookie with the browser, unless an age is given', async () => {
    const ages: Array<[NodeJS.ProcessEnv, boolean]> = [
      [{}, false],
      [{ SESSION_EXPIRE_AT_BROWSER_CLOSE: 'true' }, false],
      [{ SESSION_EXPIRE_AT_BROWSER_CLOSE: 'true', SESSION_COOKIE_AGE: '7200' }, false],
      [{ SESSION_COOKIE_AGE: '7200' }, true],
      [{ SESSION_EXPIRE_AT_BROWSER_CLOSE: 'false', SESSION_COOKIE_AGE: '7200' }, true]
    ]
    for (const [env, isPersistent] of ages) {
      const { statusCode, cookies: [cookie] } = await signIn(optionsFromEnv({ ...GIVEN, expireAfter: 600 }, env))
      assert.equal(statusCode, 200)
      assert.equal(cookie?.expires instanceof Date, isPersistent, JSON.stringify(env))
    }
  })

  it('sets the terms that a session gets', async () => {
    const env = { SESSION_SECURITY_WARN_AFTER: '60', SESSION_SECURITY_EXPIRE_AFTER: '90' }
    const view = (await signIn(optionsFromEnv(GIVEN, env))).json()
    assert.deepEqual([view.warnAfter, view.expireAfter], [60, 90])
  })
})

describe('an environment that cannot be used', () => {
  it('is refused with the name and the value of every wrong variable', () => {
    assert.equal(problem({
      SESSION_SECURITY_WARN_AFTER: 'ten', SESSION_SAVE_EVERY_REQUEST: '2', DJANGO_SESSION_COOKIE_AGE: '-5'
    }), [
      'SESSION_SECURITY_WARN_AFTER must be a number of seconds above 0; received "ten".',
      'SESSION_SAVE_EVERY_REQUEST must be true or false; received "2".',
      'DJANGO_SESSION_COOKIE_AGE must be a number of seconds above 0; received "-5".'
    ].join(' '))
    for (const wrong of ['0', '10m', '1,5', '99999999999', 'NaN', 'Infinity', '1e999', '1e3', '0x10', 'true', 'null']) {
      for (const name of [
        'SESSION_SECURITY_WARN_AFTER', 'SESSION_SECURITY_EXPIRE_AFTER', 'SESSION_SECURITY_ABSOLUTE_TIMEOUT',
        'SESSION_COOKIE_AGE'
      ]) {
        assert.match(problem({ [name]: wrong }), new RegExp(`^${name} must be .*; received "${wrong}"\\.$`))
      }
    }
  })

  it('is refused when no value is wrong by itself', () => {
    assert.equal(
      problem({ SESSION_SECURITY_PASSIVE_URLS: '/a,api' }),
      'SESSION_SECURITY_PASSIVE_URLS must be an array of paths that start with "/" and regular expressions; ' +
      'received ["/a","api"].'
    )
    assert.match(
      problem({ SESSION_SECURITY_REDIRECT_TO_LOGOUT: 'True' }),
      /^SESSION_SECURITY_REDIRECT_TO_LOGOUT must be an address.*LOGOUT_REDIRECT_URL; received "True"\.$/
    )
    assert.match(
      problem({ SESSION_SECURITY_SWEEP_CRON: 'at five' }),
      /^SESSION_SECURITY_SWEEP_CRON must be a cron expression .*; received "at five"/
    )
    assert.match(
      problem({ SESSION_EXPIRE_AT_BROWSER_CLOSE: 'false' }),
      /^SESSION_COOKIE_AGE must be .* when SESSION_EXPIRE_AT_BROWSER_CLOSE is "false"; it is not set\.$/
    )
  })

  it('is refused when two variables contradict each other, by their names', () => {
    assert.match(problem({ SESSION_SECURITY_WARN_AFTER: '700', SESSION_SECURITY_EXPIRE_AFTER: '600' }),
      /^SESSION_SECURITY_WARN_AFTER must be at least 20 less than .*_EXPIRE_AFTER, which is 600, also .* 700\.$/)
    assert.match(problem({ SESSION_SECURITY_ABSOLUTE_TIMEOUT: '700', SESSION_SECURITY_EXPIRE_AFTER: '800' }),
      /^SESSION_SECURITY_ABSOLUTE_TIMEOUT must be no less than SESSION_SECURITY_EXPIRE_AFTER, .* 800; received 700\.$/)
  })

  it('makes the defaults follow', () => {
    assert.equal(problem({ SESSION_SECURITY_EXPIRE_AFTER: '100' }), 'none')
    assert.equal(problem({ SESSION_SECURITY_WARN_AFTER: '900' }), 'none')
  })

  it('is refused when it contradicts a default, which is named as such', () => {
    assert.match(problem({ SESSION_SECURITY_ABSOLUTE_TIMEOUT: '500' }),
      /^SESSION_SECURITY_ABSOLUTE_TIMEOUT must be .* expireAfter, which is 600, also at its default; received 500\.$/)
  })

  it('is refused when it contradicts the application, which is named as the option that it is', () => {
    const env = { SESSION_SECURITY_EXPIRE_AFTER: '100' }
    assert.match(
      problem(env, { warnAfter: 99 }),
      /^Option "warnAfter" .* SESSION_SECURITY_EXPIRE_AFTER, which is 100 .*; received 99\.$/
    )
    assert.equal(problem(env, { warnAfter: 99, allowShortWarning: true }), 'none')
  })

  it('is not blamed for a wrong option of the application', () => {
    assert.throws(() => optionsFromEnv({ ...GIVEN, throttle: -1 }, { SESSION_SECURITY_SWEEP_CRON: '0 5 * * *' }),
      { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
  })

  it('is refused for an unknown variable, most often a typing error', () => {
    for (const name of ['SESSION_SECURITY_WARNAFTER', 'DJANGO_SESSION_SECURITY_TYPO']) {
      assert.match(
        problem({ [name]: '60' }),
        new RegExp(`^there is no variable ${name}\\. The variables are: .*SESSION_SECURITY_WARN_AFTER, `)
      )
    }
  })
})

/** The session variables that Ghostwriter's own command line writes. */
const GHOSTWRITER = {
  DJANGO_SESSION_COOKIE_AGE: "'32400'",
  DJANGO_SESSION_COOKIE_SECURE: "'false'",
  DJANGO_SESSION_EXPIRE_AT_BROWSER_CLOSE: "'false'",
  DJANGO_SESSION_SAVE_EVERY_REQUEST: "'true'",
  DJANGO_ACCOUNT_REAUTHENTICATION_TIMEOUT: "'32400'"
}

describe('an environment that was written for Django', () => {
  it('may have DJANGO_ before each name, and quotes around each value', () => {
    assert.deepEqual(read({
      DJANGO_SESSION_SECURITY_EXPIRE_AFTER: '"1200"',
      DJANGO_SESSION_COOKIE_NAME: "'sessionid'",
      DJANGO_SESSION_COOKIE_SECURE: '1'
    }), { session: { ...GIVEN.session, cookieName: 'sessionid', cookie: { secure: true } }, expireAfter: 1200 })
  })

  it('may have its flags as django-environ reads them', () => {
    for (const [texts, expected] of [
      [['True', '1', 'yes', 'Y', 'on', 'OK'], true], [['False', '0', 'no', 'N', 'off'], false]
    ] as const) {
      for (const text of texts) {
        assert.equal(read({ SESSION_COOKIE_HTTPONLY: text }).session?.cookie?.httpOnly, expected, text)
      }
    }
    assert.equal(read({ SESSION_SECURITY_REDIRECT_TO_LOGOUT: 'False' }).redirectToLogout, undefined)
    assert.equal(read({ SESSION_COOKIE_SAMESITE: 'False' }).session?.cookie?.sameSite, false)
    assert.equal(
      read({ SESSION_COOKIE_SAMESITE: 'None', SESSION_COOKIE_SECURE: 'on' }).session?.cookie?.sameSite, 'none'
    )
  })

  it('may name a variable twice if both say the same', () => {
    const twice = (other: string) => ({
      SESSION_SECURITY_EXPIRE_AFTER: '900', DJANGO_SESSION_SECURITY_EXPIRE_AFTER: other
    })
    assert.equal(read(twice('900')).expireAfter, 900)
    assert.equal(
      problem(twice('901')),
      'SESSION_SECURITY_EXPIRE_AFTER and DJANGO_SESSION_SECURITY_EXPIRE_AFTER say different things: leave one out.'
    )
  })

  it('is refused if no variable says whether the age of the cookie is the life of the session', () => {
    const said = problem({ DJANGO_SESSION_COOKIE_AGE: '32400' })
    assert.match(
      said,
      /^DJANGO_SESSION_COOKIE_AGE is 32400, and no variable says .* SESSION_SECURITY_PRESET to django; .* to 600/
    )
    assert.equal(problem({ DJANGO_SESSION_COOKIE_AGE: '32400', SESSION_SECURITY_EXPIRE_AFTER: '600' }), 'none')
    assert.equal(problem({ DJANGO_SESSION_COOKIE_AGE: '32400' }, { expireAfter: () => 600 }), 'none')
  })

  it('takes Ghostwriter\'s 32400 for nine hours of idle time, and says so', () => {
    for (const options of [
      optionsFromEnv(GIVEN, GHOSTWRITER, { preset: 'django' }),
      optionsFromEnv(GIVEN, { ...GHOSTWRITER, SESSION_SECURITY_PRESET: 'django' })
    ]) {
      const { expireAfter, warnAfter, absoluteTimeout, session } = options
      assert.deepEqual(
        { expireAfter, warnAfter, absoluteTimeout },
        { expireAfter: 32_400, warnAfter: undefined, absoluteTimeout: undefined }
      )
      assert.deepEqual(session, { ...GIVEN.session, rolling: true, cookie: { secure: false, maxAge: 32_400_000 } })
      const [notRead, made] = environmentNotes(options)
      assert.match(
        String(notRead),
        /^DJANGO_ACCOUNT_REAUTHENTICATION_TIMEOUT is not read: .* requireSession\(\{ authenticatedWithin \}\)/
      )
      assert.match(
        String(made),
        /^DJANGO_SESSION_COOKIE_AGE=32400: a session ends after 32400 s \(9 h\) without activity\. .*_ABSOLUTE_TIMEOUT /
      )
    }
  })

  it('ends a session as long after the sign-in, if requests do not save it', () => {
    for (const more of [{}, { SESSION_SAVE_EVERY_REQUEST: 'False' }]) {
      const options = optionsFromEnv(GIVEN, { SESSION_COOKIE_AGE: '1209600', ...more }, { preset: 'django' })
      assert.deepEqual([options.expireAfter, options.absoluteTimeout], [1_209_600, 1_209_600])
      assert.match(
        String(environmentNotes(options)),
        /1209600 s \(14 d\) without activity, and as long after the sign-in at the latest/
      )
    }
  })

  it('leaves deadlines that are named', () => {
    const age = { SESSION_COOKIE_AGE: '3600' }
    const by = (env: NodeJS.ProcessEnv, given = {}) => optionsFromEnv({ ...GIVEN, ...given }, env, { preset: 'django' })
    const short = by({ ...age, SESSION_SECURITY_EXPIRE_AFTER: '600' })
    assert.deepEqual(
      [short.expireAfter, short.absoluteTimeout, short.session.cookie?.maxAge], [600, undefined, 3_600_000]
    )
    assert.match(String(environmentNotes(short)), /^SESSION_COOKIE_AGE is the age of the cookie alone/)
    const endless = by({ ...age, SESSION_SECURITY_ABSOLUTE_TIMEOUT: 'false' })
    assert.deepEqual([endless.expireAfter, endless.absoluteTimeout], [3600, false])
    assert.equal(by(age, { absoluteTimeout: 7200 }).absoluteTimeout, 7200)
    assert.match(problem(age, { absoluteTimeout: 1800 }, { preset: 'django' }),
      /^Option "absoluteTimeout" must be no less than SESSION_COOKIE_AGE, which is 3600; received 1800\.$/)
  })

  it('changes no deadline without an age of the cookie, unlike Django', () => {
    const options = optionsFromEnv(GIVEN, { SESSION_SECURITY_PRESET: 'Django' })
    assert.deepEqual([options.expireAfter, options.absoluteTimeout], [undefined, undefined])
    assert.match(String(environmentNotes(options)), /SESSION_COOKIE_AGE is not set/)
  })

  it('is explained in the log, even if the application adds options', async () => {
    const log = new LogCapture()
    const app = Fastify({ logger: { stream: log } })
    await app.register(sessionSecurity, { ...optionsFromEnv(GIVEN, GHOSTWRITER, { preset: 'django' }), sweep: false })
    await app.close()
    const said = log.ours().filter(({ msg }) => msg.startsWith('environment: '))
      .map(({ level, msg }) => [level, msg.split(' ')[1]])
    assert.deepEqual(said, [[40, 'DJANGO_ACCOUNT_REAUTHENTICATION_TIMEOUT'], [30, 'DJANGO_SESSION_COOKIE_AGE=32400:']])
  })

  it('is refused for a setting that has no counterpart, with what to do instead', () => {
    for (const [name, advice] of [
      [
        'SESSION_SECURITY_PASSIVE_URL_NAMES', /SESSION_SECURITY_PASSIVE_URLS/
      ], ['SESSION_SECURITY_INSECURE', /Leave it out/],
      ['SESSION_ENGINE', /option "store"/], [
        'SESSION_CACHE_ALIAS', /option "store"/
      ], ['SESSION_FILE_PATH', /option "store"/],
      ['SESSION_SERIALIZER', /JSON/]
    ] as const) {
      for (const as of [name, `DJANGO_${name}`]) {
        const said = problem({ [as]: 'x' })
        assert.ok(said.startsWith(`${as} has no counterpart here. `), said)
        assert.match(said, advice)
      }
    }
  })

  it('logs a similar name that is not read, and no other', () => {
    const notes = environmentNotes(optionsFromEnv(GIVEN, {
      SESSION_COOKIE_TYPO: '1',
      DJANGO_SESSION_TYPO: '1',
      SESSION_SECRET: 'x',
      SESSION_MANAGER: 'local/x',
      DJANGO_DEBUG: '1'
    }))
    assert.deepEqual(notes.map(note => note.split(' ')[0]), ['SESSION_COOKIE_TYPO', 'DJANGO_SESSION_TYPO'])
  })

  it('is refused with the variable\'s name, if browsers would drop the cookie', () => {
    assert.match(
      problem({ DJANGO_SESSION_COOKIE_PATH: 'app' }),
      /^DJANGO_SESSION_COOKIE_PATH must be a path that starts with "\/"; received "app"\.$/
    )
    assert.match(problem({ SESSION_COOKIE_NAME: 'a b' }), /^SESSION_COOKIE_NAME must be a name that a cookie may have/)
    for (const domain of ['None', 'a b']) {
      assert.match(problem({ SESSION_COOKIE_DOMAIN: domain }), /^SESSION_COOKIE_DOMAIN must be a domain/)
    }
    assert.match(problem({ SESSION_SECURITY_PING_URL: 'ping' }), /^SESSION_SECURITY_PING_URL must be a path such as/)
    assert.match(problem({ SESSION_COOKIE_SAMESITE: 'None', DJANGO_SESSION_COOKIE_SECURE: 'False' }),
      /^SESSION_COOKIE_SAMESITE must be "strict" or "lax" while DJANGO_SESSION_COOKIE_SECURE is false: .* "none"\.$/)
    for (const more of [{ SESSION_COOKIE_DOMAIN: 'a.example' }, { SESSION_COOKIE_PATH: '/app' }]) {
      assert.match(
        problem({ SESSION_COOKIE_NAME: '__Host-sid', SESSION_COOKIE_SECURE: '1', ...more }),
        /^SESSION_COOKIE_NAME must be one without "__Host-" beside/
      )
    }
    assert.match(
      problem({ SESSION_COOKIE_NAME: '__Secure-sid', SESSION_COOKIE_SECURE: '0' }),
      /^SESSION_COOKIE_NAME must be one without "__Secure-" while SESSION_COOKIE_SECURE is false/
    )
    assert.equal(
      problem({ SESSION_COOKIE_NAME: '__Host-sid', SESSION_COOKIE_SECURE: 'auto', SESSION_COOKIE_SAMESITE: 'None' }),
      'none'
    )
    assert.match(
      problem({ SESSION_SECURITY_PRESET: 'rails' }), /^SESSION_SECURITY_PRESET must be django; received "rails"\.$/
    )
  })

  it('is not blamed for a wrong choice of the application', () => {
    for (const [choices, code] of [
      [{ preset: 'rails' }, 'BAD_OPTION'], [{ presets: 1 }, 'UNKNOWN_OPTION'], [null, 'BAD_OPTION']
    ] as const) {
      assert.throws(
        () => optionsFromEnv(GIVEN, {}, JSON.parse(JSON.stringify(choices))), { code: `FST_SESSION_SECURITY_${code}` }
      )
    }
  })
})
