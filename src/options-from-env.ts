import { envSchema } from 'env-schema'
import { MAX_SECONDS, isSeconds, toMs } from './core/clock.ts'
import { BadEnvError, BadOptionError } from './errors.ts'
import type { SessionOptions, SessionSecurityOptions } from './options.ts'
import { resolveOptions } from './options.ts'
import { checkCron } from './plugins/cron.ts'

/** The variables that are set, read as their {@link SCHEMA} says. */
interface Variables {
  readonly SESSION_SECURITY_WARN_AFTER?: number
  readonly SESSION_SECURITY_EXPIRE_AFTER?: number
  readonly SESSION_SECURITY_ABSOLUTE_TIMEOUT?: number | false
  readonly SESSION_SECURITY_PASSIVE_URLS?: readonly string[]
  readonly SESSION_SECURITY_REDIRECT_TO_LOGOUT?: string
  readonly SESSION_SECURITY_SWEEP_CRON?: string
  readonly SESSION_COOKIE_AGE?: number
  readonly SESSION_SAVE_EVERY_REQUEST?: boolean
  readonly SESSION_EXPIRE_AT_BROWSER_CLOSE?: boolean
}

const PREFIX = 'SESSION_SECURITY_'
const RANGE = { exclusiveMinimum: 0, maximum: MAX_SECONDS }
const SECONDS = { type: 'number', ...RANGE, description: 'a number of seconds above 0' }
const TEXT = { type: 'string' }
const FLAG = { type: 'boolean', description: 'true or false' }

const SCHEMA: Readonly<Record<keyof Variables, { readonly type: string | string[], readonly description?: string, readonly [keyword: string]: unknown }>> = {
  SESSION_SECURITY_WARN_AFTER: SECONDS,
  SESSION_SECURITY_EXPIRE_AFTER: SECONDS,
  SESSION_SECURITY_ABSOLUTE_TIMEOUT: { type: ['number', 'boolean'], ...RANGE, description: 'a number of seconds above 0, or false' },
  SESSION_SECURITY_PASSIVE_URLS: { ...TEXT, separator: ',' },
  SESSION_SECURITY_REDIRECT_TO_LOGOUT: TEXT,
  SESSION_SECURITY_SWEEP_CRON: TEXT,
  SESSION_COOKIE_AGE: SECONDS,
  SESSION_SAVE_EVERY_REQUEST: FLAG,
  SESSION_EXPIRE_AT_BROWSER_CLOSE: FLAG
}

export const VARIABLES: readonly string[] = Object.keys(SCHEMA)

/** The option that a variable sets. */
const OPTIONS = new Map<string, keyof Variables>([
  ['warnAfter', 'SESSION_SECURITY_WARN_AFTER'],
  ['expireAfter', 'SESSION_SECURITY_EXPIRE_AFTER'],
  ['absoluteTimeout', 'SESSION_SECURITY_ABSOLUTE_TIMEOUT'],
  ['passiveUrls', 'SESSION_SECURITY_PASSIVE_URLS'],
  ['redirectToLogout', 'SESSION_SECURITY_REDIRECT_TO_LOGOUT'],
  ['sweep.cron', 'SESSION_SECURITY_SWEEP_CRON']
])

/**
 * Options by environment variables, under the names that Django and django-session-security give them. An empty variable is one
 * that is not set.
 *
 * @param given what the application sets itself. The environment outweighs it; the two together must make sense.
 * @param env the variables. Default: those of the process.
 * @returns the options to register this package with
 * @throws {BadEnvError} which names the variable and what was received
 * @throws {BadOptionError | UnknownOptionError} when the fault is in `given` alone
 */
export function optionsFromEnv (given: SessionSecurityOptions, env: NodeJS.ProcessEnv = process.env): SessionSecurityOptions {
  const texts = new Map(Object.entries(env).map(([name, text = '']) => [name, text.trim()] as const).filter(([, text]) => text !== ''))
  refuseUnknown([...texts.keys()])
  const variables = read(texts)
  const options = { ...given, ...securityOf(variables), session: sessionOf(given.session, variables) }
  checkTogether(options, variables)
  return options
}

function refuseUnknown (names: readonly string[]): void {
  const unknown = names.filter(name => name.startsWith(PREFIX) && !VARIABLES.includes(name))
  if (unknown.length > 0) throw new BadEnvError(`there is no variable ${unknown.join(', ')}. The variables are: ${VARIABLES.join(', ')}.`)
}

function read (texts: ReadonlyMap<string, string>): Variables {
  const data = Object.fromEntries(Object.entries(SCHEMA).flatMap(([name, { type }]) => {
    const text = texts.get(name)
    return text === undefined ? [] : [[name, type === 'string' ? text : text.toLowerCase()]] // Python writes True
  }))
  try {
    return envSchema<Variables>({ env: false, data, schema: { type: 'object', properties: SCHEMA } })
  } catch (error) {
    throw new BadEnvError(wrongOnes(error).map(name => `${name} must be ${SCHEMA[name].description}; received ${JSON.stringify(texts.get(name))}.`).join(' '))
  }
}

/** The variables that the validator's error is about. Its own texts do not say what was received. */
function wrongOnes (error: unknown): Array<keyof Variables> {
  const { errors } = error as { errors: ReadonlyArray<{ instancePath: string }> }
  return [...new Set(errors.map(({ instancePath }) => instancePath.slice(1) as keyof Variables))]
}

function securityOf (variables: Variables): Partial<Omit<SessionSecurityOptions, 'userOf' | 'isAuthenticated'>> {
  const found = {
    warnAfter: variables.SESSION_SECURITY_WARN_AFTER,
    expireAfter: variables.SESSION_SECURITY_EXPIRE_AFTER,
    absoluteTimeout: variables.SESSION_SECURITY_ABSOLUTE_TIMEOUT,
    passiveUrls: variables.SESSION_SECURITY_PASSIVE_URLS?.map(url => url.trim()).filter(url => url !== ''),
    redirectToLogout: variables.SESSION_SECURITY_REDIRECT_TO_LOGOUT,
    sweep: variables.SESSION_SECURITY_SWEEP_CRON === undefined ? undefined : { cron: variables.SESSION_SECURITY_SWEEP_CRON }
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

/** Has the options judge what a variable alone cannot tell. Where the environment has a part in the fault, the error names its variables. */
function checkTogether (security: SessionSecurityOptions, variables: Variables): void {
  try {
    resolveOptions(security)
    if (variables.SESSION_SECURITY_SWEEP_CRON !== undefined) checkCron({ cron: variables.SESSION_SECURITY_SWEEP_CRON })
  } catch (error) {
    if (!(error instanceof BadOptionError)) throw error
    let problem = error.message
    for (const [option, variable] of OPTIONS) {
      if (variable in variables) problem = problem.replace(`Option "${option}"`, variable).replaceAll(new RegExp(`\\b${option}\\b`, 'g'), variable)
    }
    throw problem === error.message ? error : new BadEnvError(problem)
  }
}

/** As in Django, a cookie that goes with the browser has no age, whatever age is set. */
function sessionOf (given: SessionOptions, { SESSION_COOKIE_AGE: age, SESSION_SAVE_EVERY_REQUEST: rolling, SESSION_EXPIRE_AT_BROWSER_CLOSE: goesWithBrowser }: Variables): SessionOptions {
  if (goesWithBrowser === false && age === undefined) {
    throw new BadEnvError('SESSION_COOKIE_AGE must be a number of seconds above 0 when SESSION_EXPIRE_AT_BROWSER_CLOSE is "false"; it is not set.')
  }
  if (age !== undefined && !isSeconds(age)) throw new BadEnvError(`SESSION_COOKIE_AGE must be ${SECONDS.description}; received "${age}".`) // 1e999 is Infinity, which no range of a JSON Schema keeps out
  const { maxAge: givenAge, ...cookie } = given?.cookie ?? {}
  const maxAge = goesWithBrowser === true ? undefined : age === undefined ? givenAge : toMs(age)
  return { ...given, ...(rolling === undefined ? {} : { rolling }), cookie: { ...cookie, ...(maxAge === undefined ? {} : { maxAge }) } }
}
