import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Fastify from 'fastify'
import type { SessionSecurityOptions } from '../../src/options.ts'
import { optionsFromEnv } from '../../src/options-from-env.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { MemoryStore } from '../../src/store/memory-store.ts'
import { SECRET, addSignIn } from '../helpers/app.ts'

/** What an application must give itself. */
const GIVEN = {
  session: { secret: SECRET, cookie: { secure: false } },
  userOf: (session: { readonly user?: string }) => session.user
}

/** The options by the environment that are not those of {@link GIVEN}. */
function read (env: NodeJS.ProcessEnv): Partial<SessionSecurityOptions> {
  const { userOf, ...options } = optionsFromEnv(GIVEN, env)
  assert.equal(userOf, GIVEN.userOf)
  return options
}

/** The response to a sign-in at an application that is configured by this alone. */
async function signIn (options: SessionSecurityOptions) {
  const app = Fastify()
  await app.register(sessionSecurity, options)
  addSignIn(app)
  const response = await app.inject({ method: 'POST', url: '/sign-in' })
  await app.close()
  return response
}

/** What is said of an environment that cannot be used. */
function problem (env: NodeJS.ProcessEnv, given: Partial<SessionSecurityOptions> = {}): string {
  try {
    optionsFromEnv({ ...GIVEN, ...given }, env)
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
      SESSION_SECURITY_SWEEP_CRON: '0 5 * * *',
      SESSION_COOKIE_AGE: '7200',
      SESSION_SAVE_EVERY_REQUEST: 'false',
      SESSION_EXPIRE_AT_BROWSER_CLOSE: 'false'
    }), {
      session: { secret: SECRET, rolling: false, cookie: { secure: false, maxAge: 7_200_000 } },
      warnAfter: 60,
      expireAfter: 90.5,
      absoluteTimeout: 3600,
      passiveUrls: ['/api/unread', '/health/*', '/api/jobs/:id'],
      redirectToLogout: 'https://sso.example/end?A=B',
      sweep: { cron: '0 5 * * *' }
    })
  })

  it('leaves to the defaults what is not set, and counts empty as not set', () => {
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
    const cookieBy = (env: NodeJS.ProcessEnv) => optionsFromEnv({ ...GIVEN, session }, env).session
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

  it('has the cookie go with the browser, unless it is given an age', async () => {
    const ages: Array<[NodeJS.ProcessEnv, boolean]> = [
      [{}, false],
      [{ SESSION_EXPIRE_AT_BROWSER_CLOSE: 'true' }, false],
      [{ SESSION_EXPIRE_AT_BROWSER_CLOSE: 'true', SESSION_COOKIE_AGE: '7200' }, false],
      [{ SESSION_COOKIE_AGE: '7200' }, true],
      [{ SESSION_EXPIRE_AT_BROWSER_CLOSE: 'false', SESSION_COOKIE_AGE: '7200' }, true]
    ]
    for (const [env, isPersistent] of ages) {
      const { statusCode, cookies: [cookie] } = await signIn(optionsFromEnv(GIVEN, env))
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
    assert.equal(problem({ SESSION_SECURITY_WARN_AFTER: 'ten', SESSION_SAVE_EVERY_REQUEST: '1', SESSION_COOKIE_AGE: '-5' }), [
      'SESSION_SECURITY_WARN_AFTER must be a number of seconds above 0; received "ten".',
      'SESSION_COOKIE_AGE must be a number of seconds above 0; received "-5".',
      'SESSION_SAVE_EVERY_REQUEST must be true or false; received "1".'
    ].join(' '))
    for (const wrong of ['0', '10m', '1,5', '99999999999', 'NaN', 'Infinity', '1e999', 'true', 'null']) {
      for (const name of ['SESSION_SECURITY_WARN_AFTER', 'SESSION_SECURITY_EXPIRE_AFTER', 'SESSION_SECURITY_ABSOLUTE_TIMEOUT', 'SESSION_COOKIE_AGE']) {
        assert.match(problem({ [name]: wrong }), new RegExp(`^${name} must be .*; received .?(${wrong}|Infinity).?\\.$`, 'i'))
      }
    }
  })

  it('is refused when no value is wrong by itself', () => {
    assert.equal(problem({ SESSION_SECURITY_PASSIVE_URLS: '/a,api' }), 'SESSION_SECURITY_PASSIVE_URLS must be an array of paths that start with "/" and regular expressions; received ["/a","api"].')
    assert.match(problem({ SESSION_SECURITY_REDIRECT_TO_LOGOUT: 'True' }), /^SESSION_SECURITY_REDIRECT_TO_LOGOUT must be a path .*; received "True"\.$/)
    assert.match(problem({ SESSION_SECURITY_SWEEP_CRON: 'at five' }), /^SESSION_SECURITY_SWEEP_CRON must be a cron expression .*; received "at five"/)
    assert.match(problem({ SESSION_EXPIRE_AT_BROWSER_CLOSE: 'false' }), /^SESSION_COOKIE_AGE must be .* when SESSION_EXPIRE_AT_BROWSER_CLOSE is "false"; it is not set\.$/)
  })

  it('is refused when two variables contradict each other, by their names', () => {
    assert.match(problem({ SESSION_SECURITY_WARN_AFTER: '700', SESSION_SECURITY_EXPIRE_AFTER: '600' }),
      /^SESSION_SECURITY_WARN_AFTER must be at least 20 less than SESSION_SECURITY_EXPIRE_AFTER, which is 600, also at its default .*; received 700\.$/)
    assert.match(problem({ SESSION_SECURITY_ABSOLUTE_TIMEOUT: '700', SESSION_SECURITY_EXPIRE_AFTER: '800' }),
      /^SESSION_SECURITY_ABSOLUTE_TIMEOUT must be no less than SESSION_SECURITY_EXPIRE_AFTER, which is 800; received 700\.$/)
  })

  it('has the defaults follow it', () => {
    assert.equal(problem({ SESSION_SECURITY_EXPIRE_AFTER: '100' }), 'none')
    assert.equal(problem({ SESSION_SECURITY_WARN_AFTER: '900' }), 'none')
  })

  it('is refused when it contradicts a default, which is named as such', () => {
    assert.match(problem({ SESSION_SECURITY_ABSOLUTE_TIMEOUT: '500' }),
      /^SESSION_SECURITY_ABSOLUTE_TIMEOUT must be .* expireAfter, which is 600, also at its default; received 500\.$/)
  })

  it('is refused when it contradicts the application, which is named as the option that it is', () => {
    const env = { SESSION_SECURITY_EXPIRE_AFTER: '100' }
    assert.match(problem(env, { warnAfter: 99 }), /^Option "warnAfter" .* SESSION_SECURITY_EXPIRE_AFTER, which is 100 .*; received 99\.$/)
    assert.equal(problem(env, { warnAfter: 99, allowShortWarning: true }), 'none')
  })

  it('is not what a wrong option of the application is called', () => {
    assert.throws(() => optionsFromEnv({ ...GIVEN, throttle: -1 }, { SESSION_SECURITY_SWEEP_CRON: '0 5 * * *' }),
      { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
  })

  it('is refused for a variable that there is not, which is most often a typing error', () => {
    assert.match(problem({ SESSION_SECURITY_WARNAFTER: '60', SESSION_SECURITY_INSECURE: 'True' }),
      /^there is no variable SESSION_SECURITY_WARNAFTER, SESSION_SECURITY_INSECURE\. The variables are: SESSION_SECURITY_WARN_AFTER, /)
  })
})
