import { toMs } from '../core/clock.ts'
import { BadEnvError, BadOptionError } from '../errors.ts'
import { check, isObject, refuseUnknown } from '../option-checks.ts'
import { notesOf, withNotes } from '../options/option-notes.ts'
import type { SessionOptions, SessionSecurityOptions } from '../options/options.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import { checkCron } from '../sweep/cron.ts'
import { deadlinesOf } from './deadlines.ts'
import type { Environment } from './read-env.ts'
import { readEnv } from './read-env.ts'
import type { Preset, Values, VariableName } from './variables.ts'
import { VARIABLES, VARIABLE_NAMES } from './variables.ts'

/** The third argument of `optionsFromEnv()`. */
export interface EnvChoices {
  /**
   * `django`: the age of the cookie is the life of a session, as with SESSION_SECURITY_PRESET. Default: none, and an
   * age without `expireAfter` is refused.
   */
  readonly preset?: Preset | undefined
}

/** Options by their names; those of the session stand apart. */
type Security = Partial<Omit<SessionSecurityOptions, 'userOf' | 'isAuthenticated' | 'session'>>

/**
 * Reads options from environment variables of Django's and django-session-security's names. Each name may begin with
 * `DJANGO_`. An empty variable counts as not set.
 *
 * @param given the options that the application sets itself. The environment outweighs them.
 * @param env the variables. Default: those of the process.
 * @returns the options for `sessionSecurity`. If the variables mean more than their names say, {@link
 *   environmentNotes} says so, and the plugin logs it at its start.
 * @throws {BadEnvError} for a variable that cannot be used; it names the variable and the value
 * @throws {BadOptionError | UnknownOptionError} if the fault is in `given` or `choices` alone
 */
export function optionsFromEnv (
  given: SessionSecurityOptions, env: NodeJS.ProcessEnv = process.env, choices: EnvChoices = {}
): SessionSecurityOptions {
  check('choices', choices, 'an object with preset, or none', isObject)
  refuseUnknown(choices, ['preset'])
  check('preset', choices.preset, '"django"', value => value === undefined || value === 'django')
  const environment = readEnv(env)
  const { notes, ...deadlines } = deadlinesOf(environment, given, choices.preset)
  const session = sessionOf(given.session, environment.values)
  const options = { ...given, ...securityOf(environment.values), ...deadlines, session }
  checkTogether(options, environment, Object.keys(deadlines))
  return withNotes(options, [...environment.notes, ...notes])
}

/** Returns sentences for a log: what the variables mean beyond their names. */
export function environmentNotes (options: SessionSecurityOptions): readonly string[] {
  return notesOf(options).map(({ text }) => text)
}

function securityOf (values: Values): Security {
  const { SESSION_SECURITY_SWEEP_CRON: cron, SESSION_SECURITY_REDIRECT_TO_LOGOUT: redirectToLogout } = values
  return defined({
    warnAfter: values.SESSION_SECURITY_WARN_AFTER,
    expireAfter: values.SESSION_SECURITY_EXPIRE_AFTER,
    absoluteTimeout: values.SESSION_SECURITY_ABSOLUTE_TIMEOUT,
    passiveUrls: values.SESSION_SECURITY_PASSIVE_URLS,
    redirectToLogout: redirectToLogout ?? undefined,
    pingUrl: values.SESSION_SECURITY_PING_URL,
    sweep: cron === undefined ? undefined : { cron }
  })
}

/** Merges the session's options. As in Django, a cookie that ends with the browser has no age, whatever age is set. */
function sessionOf (given: SessionOptions, values: Values): SessionOptions {
  const { SESSION_COOKIE_AGE: age, SESSION_EXPIRE_AT_BROWSER_CLOSE: goesWithBrowser } = values
  if (goesWithBrowser === false && age === undefined) {
    throw new BadEnvError('SESSION_COOKIE_AGE must be a number of seconds above 0 when ' +
      'SESSION_EXPIRE_AT_BROWSER_CLOSE is "false"; it is not set.')
  }
  const { maxAge: givenAge, ...cookie } = given?.cookie ?? {}
  const maxAge = goesWithBrowser === true ? undefined : age === undefined ? givenAge : toMs(age)
  return {
    ...given,
    ...defined({ rolling: values.SESSION_SAVE_EVERY_REQUEST, cookieName: values.SESSION_COOKIE_NAME }),
    cookie: {
      ...cookie,
      ...defined({
        maxAge,
        secure: values.SESSION_COOKIE_SECURE,
        httpOnly: values.SESSION_COOKIE_HTTPONLY,
        sameSite: values.SESSION_COOKIE_SAMESITE,
        domain: values.SESSION_COOKIE_DOMAIN,
        path: values.SESSION_COOKIE_PATH
      })
    }
  }
}

type Defined<Some> = { [Name in keyof Some]?: Exclude<Some[Name], undefined> }

function defined<Some extends object> (some: Some): Defined<Some> {
  return Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined)) as Defined<Some>
}

/** Lets the options check what a single variable cannot show. An error names the variables that have a part in it. */
function checkTogether (
  options: SessionSecurityOptions, environment: Environment, byAge: readonly string[]
): void {
  const { SESSION_SECURITY_SWEEP_CRON: cron } = environment.values
  try {
    resolveOptions(options)
    if (cron !== undefined) checkCron({ cron })
  } catch (error) {
    if (!(error instanceof BadOptionError)) throw error
    const problem = inNamesOf(environment, byAge, error.message)
    throw problem === error.message ? error : new BadEnvError(problem)
  }
}

/** Names variables in an error instead of the options that they set. */
function inNamesOf ({ values, spelling }: Environment, byAge: readonly string[], message: string): string {
  const sources = new Map<string, VariableName>(byAge.map(option => [option, 'SESSION_COOKIE_AGE']))
  for (const name of VARIABLE_NAMES) {
    const { sets } = VARIABLES[name]
    if (name in values && !sources.has(sets)) sources.set(sets, name)
  }
  let problem = message
  for (const [option, name] of sources) {
    const word = option.replaceAll('.', '\\.')
    problem = problem.replaceAll(new RegExp(`Option "${word}"|\\b${word}\\b`, 'g'), spelling(name))
  }
  return problem
}
